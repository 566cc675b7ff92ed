"""Old idempotency keys are found without reading all of them.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("idempotency_keys_created_at_idx", "idempotency_keys", ["created_at"])
