"""Dead letters can be settled, and orders show what holds them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from messaging import add_redrive

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    add_redrive(commands=False)
    op.add_column(
        "orders", sa.Column("held", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb"))
    )
