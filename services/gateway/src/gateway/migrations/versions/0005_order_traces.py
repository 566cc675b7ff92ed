"""An accepted order is known by the trace that it began, for a cancellation to name.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("accepted_orders", sa.Column("traceparent", sa.Text))
