"""Old ids are found in the inbox without reading all of it.

Revision ID: 0004
Revises: 0003
"""

from messaging import index_inbox

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    index_inbox()
