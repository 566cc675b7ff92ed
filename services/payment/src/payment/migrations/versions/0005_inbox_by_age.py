"""Old ids are found in the inbox without reading all of it.

Revision ID: 0005
Revises: 0004
"""

from messaging import index_inbox

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    index_inbox()
