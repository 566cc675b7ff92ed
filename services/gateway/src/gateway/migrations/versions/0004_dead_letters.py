"""What cannot be published is set aside.

Revision ID: 0004
Revises: 0003
"""

from messaging import add_dead_letters

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    add_dead_letters()
