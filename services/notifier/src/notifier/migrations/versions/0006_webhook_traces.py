"""A webhook belongs to the trace of what it tells.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("webhook_deliveries", sa.Column("traceparent", sa.Text))
