"""Webhooks are shared out by host, too, and found subscription by subscription.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

HOST = r"lower(substring(url from '^[A-Za-z]+://(\[[^]]*\]|[^/:?#]*)'))"


def upgrade() -> None:
    subscriptions, deliveries = "webhook_subscriptions", "webhook_deliveries"
    op.add_column(subscriptions, sa.Column("host", sa.Text, nullable=False, server_default=""))
    op.execute(f"UPDATE {subscriptions} SET host = coalesce({HOST}, '')")
    op.drop_index("webhook_deliveries_by_due", deliveries)
    op.create_index(
        "webhook_deliveries_waiting",
        deliveries,
        ["subscription_id", "due_at", "number"],
        postgresql_where=sa.text("status = 'pending'"),
    )
