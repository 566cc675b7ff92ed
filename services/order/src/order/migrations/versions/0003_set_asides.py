"""Operators can tell paused workers to set aside what they hold back.

Revision ID: 0003
Revises: 0002
"""

from messaging import add_set_asides

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    add_set_asides()
