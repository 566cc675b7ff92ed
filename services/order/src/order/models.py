"""The tables of the order service."""

from messaging import (
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
    set_asides_table,
)
from sqlalchemy import Boolean, Column, DateTime, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

orders = Table(
    "orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("status", Text),
    Column("reason", Text),
    Column("payment", Text),
    Column("payment_sequence", Integer, nullable=False, server_default="0"),
    Column("stock", Text),
    Column("stock_sequence", Integer, nullable=False, server_default="0"),
    Column("shipment", Text),
    Column("shipment_sequence", Integer, nullable=False, server_default="0"),
    Column("shipment_reason", Text),
    Column("stopping", Boolean, nullable=False, server_default="false"),
    Column("cancellation_refused", Boolean, nullable=False, server_default="false"),
    Column("overdue", Boolean, nullable=False, server_default="false"),
    Column("tracking_code", Text),
    Column("customer_id", Text),
    Column("country", Text),
    Column("lines", JSONB, nullable=False, server_default="[]"),
    Column("total", JSONB),
    Column("recipient", JSONB),
    Column("held", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("placed_at", DateTime(timezone=True)),
    Column("final_at", DateTime(timezone=True)),
    Index("orders_customer_idx", "customer_id", "order_id"),
    # What the search for overdue orders reads: empty but for the orders on their way.
    Index(
        "orders_open_idx",
        "placed_at",
        postgresql_where=text("final_at IS NULL AND NOT overdue"),
    ),
    # What counting them reads: empty but for the overdue ones.
    Index("orders_overdue_idx", "placed_at", postgresql_where=text("final_at IS NULL AND overdue")),
    postgresql_with={"fillfactor": "50"},
)

order_history = Table(
    "order_history",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
dead_letters = dead_letters_table(metadata)
dead_letter_actions = dead_letter_actions_table(metadata)
set_asides = set_asides_table(metadata)
