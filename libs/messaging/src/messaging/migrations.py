"""The messaging tables as a migration step, so that every service's first revision is one line."""

from alembic import op
from sqlalchemy import MetaData

from messaging.tables import commands_table, dead_letters_table, inbox_table, outbox_table


def create_tables(*, commands: bool) -> None:
    """Create outbox, inbox and dead letters, and the commands of a service that asks outside."""
    metadata = MetaData()
    outbox_table(metadata)
    inbox_table(metadata)
    dead_letters_table(metadata)
    if commands:
        commands_table(metadata)
    metadata.create_all(op.get_bind())
