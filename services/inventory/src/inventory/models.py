"""The tables of inventory."""

from messaging import (
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    outbox_table,
    set_asides_table,
)
from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

products = Table(
    "products",
    metadata,
    Column("sku", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("unit_price", Integer, nullable=False),
    Column("currency", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("initial", Integer, nullable=False),
    Column("on_hand", Integer, CheckConstraint("on_hand >= 0"), nullable=False),
    Column(
        "reserved", Integer, CheckConstraint("reserved >= 0"), nullable=False, server_default="0"
    ),
    Column("shipped", Integer, CheckConstraint("shipped >= 0"), nullable=False, server_default="0"),
    postgresql_with={"fillfactor": "50"},
)

reservations = Table(
    "reservations",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("status", Text, nullable=False, server_default="unknown"),
    Column("lines", JSONB, nullable=False, server_default="[]"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    postgresql_with={"fillfactor": "50"},
)

outbox = outbox_table(metadata)
inbox = inbox_table(metadata)
dead_letters = dead_letters_table(metadata)
dead_letter_actions = dead_letter_actions_table(metadata)
set_asides = set_asides_table(metadata)
