"""Old ids are found in the inbox without reading all of it.

Revision ID: 0007
Revises: 0006
"""

from messaging import index_inbox

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    index_inbox()
