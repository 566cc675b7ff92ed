"""Idempotency keys, accepted orders, and the outbox; the gateway has no inbox, it only reads.

Revision ID: 0001
Revises: none
"""

import sqlalchemy as sa
from alembic import op

from messaging import outbox_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
    )
    op.create_table(
        "accepted_orders",
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("cancellation_requested_at", sa.DateTime(timezone=True)),
    )
    metadata = sa.MetaData()
    outbox_table(metadata)
    metadata.create_all(op.get_bind())
