"""Operators can tell paused workers to set aside what they hold back.

Revision ID: 0004
Revises: 0003
"""

from messaging import add_set_asides

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    add_set_asides()
