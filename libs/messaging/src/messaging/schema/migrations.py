"""The messaging tables as migration steps, so that a service's revision is a line or two.

Each step is what the tables were when it was written: a step that has been taken never changes.
"""

import sqlalchemy as sa
from alembic import op

QUEUE_STORAGE = {
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "5000",
    "autovacuum_vacuum_cost_delay": "0",
}


def create_tables(*, commands: bool) -> None:
    """Create outbox, inbox and dead letters, and the commands of a service that asks outside."""
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        _now("created_at"),
        postgresql_with=QUEUE_STORAGE,
    )
    op.create_table("inbox", sa.Column("event_id", sa.Uuid, primary_key=True), _now("handled_at"))
    _create_dead_letters()
    if commands:
        _create_commands()


def add_redrive(*, commands: bool) -> None:
    """Let dead letters be settled on an operator's word, and commands carry baggage."""
    op.add_column("dead_letters", sa.Column("event_id", sa.Uuid))
    op.add_column("dead_letters", sa.Column("settled_at", sa.DateTime(timezone=True)))
    op.add_column("dead_letters", sa.Column("outcome", sa.Text))
    is_open = sa.text("settled_at IS NULL")
    op.create_index("dead_letters_open_idx", "dead_letters", ["id"], postgresql_where=is_open)
    op.create_table(
        "dead_letter_actions",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "dead_letter_id", sa.BigInteger, sa.ForeignKey("dead_letters.id"), nullable=False
        ),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        _now("requested_at"),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text),
    )
    is_open = sa.text("done_at IS NULL")
    op.create_index(
        "dead_letter_actions_open_idx", "dead_letter_actions", ["id"], postgresql_where=is_open
    )
    if commands:
        op.add_column("commands", sa.Column("baggage", sa.Text))


def add_dead_letters() -> None:
    """Let a service that consumes nothing set aside what it cannot publish."""
    _create_dead_letters()
    add_redrive(commands=False)


def add_set_asides() -> None:
    """Let operators tell paused workers to set aside what they hold back."""
    op.create_table(
        "set_asides",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        _now("requested_at"),
        sa.Column("workers", sa.Integer, nullable=False, server_default="0"),
        sa.Column("held", sa.Integer, nullable=False, server_default="0"),
    )


def index_inbox() -> None:
    """Let the purge of an inbox find what is old without reading all of it."""
    op.create_index("inbox_handled_at_idx", "inbox", ["handled_at"])


def _create_dead_letters() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer),
        sa.Column("offset", sa.BigInteger),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.LargeBinary),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        _now("created_at"),
    )


def _create_commands() -> None:
    op.create_table(
        "commands",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("causation_id", sa.Uuid),
        sa.Column("traceparent", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        _now("created_at"),
        postgresql_with=QUEUE_STORAGE,
    )
    op.create_index("commands_due_at_idx", "commands", ["due_at"])


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
