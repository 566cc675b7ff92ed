"""The tables of the messaging itself, described once; each service owns its copies."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)

# Rows come and go by the thousand: vacuum after a number of dead rows, not after a share of a
# table that is nearly always empty.
QUEUE_STORAGE = {
    "autovacuum_vacuum_scale_factor": "0",
    "autovacuum_vacuum_threshold": "5000",
    "autovacuum_vacuum_cost_delay": "0",
}


def outbox_table(metadata: MetaData) -> Table:
    """Return the table of records that were decided on and are not yet known to be in the broker."""
    return Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("topic", Text, nullable=False),
        Column("key", LargeBinary, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("headers", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        postgresql_with=QUEUE_STORAGE,
    )


def inbox_table(metadata: MetaData) -> Table:
    """Return the ids of the events that were handled, so that a repeat has no effect."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        # Not BRIN, which costs less: the space of purged rows is used again, and its ranges never
        # forget what was in them.
        Index("inbox_handled_at_idx", "handled_at"),
    )


def commands_table(metadata: MetaData) -> Table:
    """Return the table of commands to external systems that are not yet answered.

    Only the holder touches a row before `due_at`; the holder moves it on while it works.
    """
    return Table(
        "commands",
        metadata,
        Column("key", Text, primary_key=True),
        Column("order_id", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("body", Text, nullable=False),
        Column("correlation_id", Text, nullable=False),
        Column("causation_id", Uuid),
        Column("traceparent", Text),
        Column("baggage", Text),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("last_error", Text),
        Column("due_at", DateTime(timezone=True), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Index("commands_due_at_idx", "due_at"),
        postgresql_with=QUEUE_STORAGE,
    )


def dead_letters_table(metadata: MetaData) -> Table:
    """Return what could not be handled, untouched, with the reason.

    `event_id` is what the inbox knows the event by. A letter is open until it is settled.
    """
    return Table(
        "dead_letters",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("origin", Text, nullable=False),
        Column("partition", Integer),
        Column("offset", BigInteger),
        Column("key", Text, nullable=False),
        Column("value", LargeBinary),
        Column("headers", Text, nullable=False),
        Column("error", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("event_id", Uuid),
        Column("settled_at", DateTime(timezone=True)),
        Column("outcome", Text),
        Index("dead_letters_open_idx", "id", postgresql_where=text("settled_at IS NULL")),
    )


def dead_letter_actions_table(metadata: MetaData) -> Table:
    """Return the table of requests about dead letters: by whom, why, and what came of it.

    A row is an order to the service; it is carried out once, and kept as the record of it.
    """
    return Table(
        "dead_letter_actions",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("dead_letter_id", BigInteger, ForeignKey("dead_letters.id"), nullable=False),
        Column("action", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("operator", Text, nullable=False),
        Column("requested_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("done_at", DateTime(timezone=True)),
        Column("outcome", Text),
        Index("dead_letter_actions_open_idx", "id", postgresql_where=text("done_at IS NULL")),
    )


def set_asides_table(metadata: MetaData) -> Table:
    """Return the table of set-asides: by whom and why; how many did so, and what they held.

    Kept as the record of it.
    """
    return Table(
        "set_asides",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("reason", Text, nullable=False),
        Column("operator", Text, nullable=False),
        Column("requested_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("workers", Integer, nullable=False, server_default="0"),
        Column("held", Integer, nullable=False, server_default="0"),
    )
