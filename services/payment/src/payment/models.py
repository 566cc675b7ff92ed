"""The tables of payment."""

from messaging import (
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
)
from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, func
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

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
commands = commands_table(metadata)
dead_letters = dead_letters_table(metadata)
dead_letter_actions = dead_letter_actions_table(metadata)
