"""The tables of the gateway: accepted orders, idempotency keys, fault plans, tickets, outbox, dead letters."""

from messaging import dead_letter_actions_table, dead_letters_table, outbox_table
from sqlalchemy import ARRAY, Column, DateTime, Index, LargeBinary, MetaData, Table, Text, func

metadata = MetaData()

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("idempotency_keys_created_at_idx", "created_at"),
)

# `document` is the answer that the customer was given, and is given again for the same key.
# `traceparent` names the span of the event's creation.
accepted_orders = Table(
    "accepted_orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("document", Text, nullable=False),
    Column("traceparent", Text),
    Column("cancellation_requested_at", DateTime(timezone=True)),
)

# Empty in production: nothing is attached where fault plans are off.
fault_plans = Table(
    "fault_plans",
    metadata,
    Column("idempotency_key", Text, primary_key=True),
    Column("plan", Text, nullable=False),
    Column("attached_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# What a ticket is is not kept, only its digest.
stream_tickets = Table(
    "stream_tickets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("path", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("token_expires_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

outbox = outbox_table(metadata)
dead_letters = dead_letters_table(metadata)
dead_letter_actions = dead_letter_actions_table(metadata)
