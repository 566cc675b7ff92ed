"""Overdue orders are counted without reading the others.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index(
        "orders_overdue_idx",
        "orders",
        ["placed_at"],
        postgresql_where=sa.text("final_at IS NULL AND overdue"),
    )
