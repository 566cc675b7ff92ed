"""Products, reservations, and the tables of the messaging.

Revision ID: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from messaging import create_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "products",
        sa.Column("sku", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit_price", sa.Integer, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("initial", sa.Integer, nullable=False),
        sa.Column("on_hand", sa.Integer, sa.CheckConstraint("on_hand >= 0"), nullable=False),
        sa.Column(
            "reserved",
            sa.Integer,
            sa.CheckConstraint("reserved >= 0"),
            nullable=False,
            server_default="0",
        ),
        sa.Column(
            "shipped",
            sa.Integer,
            sa.CheckConstraint("shipped >= 0"),
            nullable=False,
            server_default="0",
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "reservations",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("status", sa.Text, nullable=False, server_default="unknown"),
        sa.Column("lines", JSONB, nullable=False, server_default="[]"),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        postgresql_with={"fillfactor": "50"},
    )
    create_tables(commands=False)
