"""The tables of the notifier."""

from messaging import (
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
    set_asides_table,
)
from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, func

from notifier.webhooks.tables import deliveries_table, subscriptions_table

metadata = MetaData()

notifications = Table(
    "notifications",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("status", Text, nullable=False, server_default="unknown"),
    Column("kind", Text),
    Column("message_id", Text),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    postgresql_with={"fillfactor": "50"},
)

webhook_subscriptions = subscriptions_table(metadata)
webhook_deliveries = deliveries_table(metadata)
outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
commands = commands_table(metadata)
dead_letters = dead_letters_table(metadata)
dead_letter_actions = dead_letter_actions_table(metadata)
set_asides = set_asides_table(metadata)
