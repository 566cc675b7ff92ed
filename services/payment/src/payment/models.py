"""The tables of payment."""

from messaging import (
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
    set_asides_table,
)
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

payments = Table(
    "payments",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("status", Text, nullable=False, server_default="unknown"),
    Column("cancellation_noted", Boolean, nullable=False, server_default="false"),
    Column("payment_id", Text),
    Column("amount", JSONB),
    Column("lines", JSONB, nullable=False, server_default="[]"),
    Column("recipient", JSONB),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    postgresql_with={"fillfactor": "50"},
)

# What the provider's webhooks brought: `position` is the order in which they came.
provider_notices = Table(
    "provider_notices",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("webhook_id", Text, nullable=False, unique=True),
    Column("command_key", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("handled_at", DateTime(timezone=True)),
    Index("provider_notices_open_idx", "position", postgresql_where=text("handled_at IS NULL")),
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
commands = commands_table(metadata)
dead_letters = dead_letters_table(metadata)
dead_letter_actions = dead_letter_actions_table(metadata)
set_asides = set_asides_table(metadata)
