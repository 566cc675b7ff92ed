"""Orders may be given a fault plan before they are placed.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "fault_plans",
        sa.Column("idempotency_key", sa.Text, primary_key=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column(
            "attached_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
    )
