"""Notifications, and the tables of the messaging.

Revision ID: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op

from messaging import create_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("status", sa.Text, nullable=False, server_default="unknown"),
        sa.Column("kind", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        postgresql_with={"fillfactor": "50"},
    )
    create_tables(commands=True)
