"""Dead letters can be settled, and commands carry baggage.

Revision ID: 0002
Revises: 0001
"""

from messaging import add_redrive

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    add_redrive(commands=True)
