"""What the provider announces by webhooks is kept until it has been acted on.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "provider_notices",
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("webhook_id", sa.Text, nullable=False, unique=True),
        sa.Column("command_key", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "provider_notices_open_idx",
        "provider_notices",
        ["position"],
        postgresql_where=sa.text("handled_at IS NULL"),
    )
