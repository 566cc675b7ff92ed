"""Orders, their history, and the tables of the messaging.

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
        "orders",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),
        sa.Column("status", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("payment", sa.Text),
        sa.Column("payment_sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("stock", sa.Text),
        sa.Column("stock_sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("shipment", sa.Text),
        sa.Column("shipment_sequence", sa.Integer, nullable=False, server_default="0"),
        sa.Column("shipment_reason", sa.Text),
        sa.Column("stopping", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("cancellation_refused", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("overdue", sa.Boolean, nullable=False, server_default="false"),
        sa.Column("tracking_code", sa.Text),
        sa.Column("customer_id", sa.Text),
        sa.Column("country", sa.Text),
        sa.Column("lines", JSONB, nullable=False, server_default="[]"),
        sa.Column("total", JSONB),
        sa.Column("recipient", JSONB),
        sa.Column("placed_at", sa.DateTime(timezone=True)),
        sa.Column("final_at", sa.DateTime(timezone=True)),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("orders_customer_idx", "orders", ["customer_id", "order_id"])
    op.create_index(
        "orders_open_idx",
        "orders",
        ["placed_at"],
        postgresql_where=sa.text("final_at IS NULL AND NOT overdue"),
    )
    op.create_table(
        "order_history",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    create_tables(commands=False)
