"""The payment provider's books: every intent and refund, in SQLite."""

import json
from collections.abc import Iterator
from dataclasses import fields
from sqlite3 import Row
from typing import Any

from simkit import Books

from psp.intents import Intent, Status

SCHEMA = """
CREATE TABLE IF NOT EXISTS intents (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created INTEGER NOT NULL,
    key TEXT,
    decline_code TEXT,
    cancellation_reason TEXT,
    amount_captured INTEGER NOT NULL,
    amount_refunded INTEGER NOT NULL,
    captures INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS intents_by_order ON intents (order_id);
CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    intent_id TEXT NOT NULL,
    amount INTEGER NOT NULL,
    created INTEGER NOT NULL
);
"""
COLUMNS = tuple(field.name for field in fields(Intent))
ADD = f"INSERT INTO intents ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - our own names
MONEY = """
SELECT currency, SUM(amount) AS authorized, SUM(amount_captured) AS captured,
       SUM(amount_refunded) AS refunded, SUM(captures) AS captures
FROM intents WHERE decline_code IS NULL GROUP BY currency
"""


class Ledger:
    """Ledger of intents and refunds; whoever calls it holds the transaction."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def add(self, intent: Intent) -> None:
        """Enter a new intent."""
        values = {name: getattr(intent, name) for name in COLUMNS}
        values["metadata"] = json.dumps(intent.metadata)
        self._books.execute(ADD, *values.values())

    def save(self, intent: Intent) -> None:
        """Enter what became of an intent."""
        self._books.execute(
            "UPDATE intents SET status = ?, cancellation_reason = ?, amount_captured = ?,"
            " amount_refunded = ?, captures = ? WHERE id = ?",
            intent.status,
            intent.cancellation_reason,
            intent.amount_captured,
            intent.amount_refunded,
            intent.captures,
            intent.id,
        )

    def add_refund(self, intent_id: str, amount: int, created: int) -> str:
        """Enter a refund; returns its id."""
        cursor = self._books.execute(
            "INSERT INTO refunds (intent_id, amount, created) VALUES (?, ?, ?)",
            intent_id,
            amount,
            created,
        )
        return f"re_{cursor.lastrowid:024d}"

    def intent(self, intent_id: str) -> Intent | None:
        """Give one intent."""
        row = self._books.one("SELECT * FROM intents WHERE id = ?", intent_id)
        return None if row is None else _intent(row)

    def of_order(self, order_id: str) -> list[Intent]:
        """Give every intent of one order, oldest first."""
        sql = "SELECT * FROM intents WHERE order_id = ? ORDER BY seq"
        return [_intent(row) for row in self._books.all(sql, order_id)]

    def count_of_order(self, order_id: str) -> int:
        """Count the intents of one order."""
        row = self._books.one("SELECT COUNT(*) FROM intents WHERE order_id = ?", order_id)
        return 0 if row is None else int(row[0])

    def pages(self) -> Iterator[list[Row]]:
        """Give all intents, oldest first, a page at a time."""
        return self._books.pages("intents")

    def summary(self) -> dict[str, Any]:
        """Give the totals: intents by status, and money by currency."""
        by_status = "SELECT status, COUNT(*) FROM intents GROUP BY status ORDER BY status"
        orders = self._books.one("SELECT COUNT(DISTINCT order_id), COUNT(*) FROM intents")
        return {
            "orders": 0 if orders is None else orders[0],
            "intents": 0 if orders is None else orders[1],
            "by_status": {row[0]: row[1] for row in self._books.all(by_status)},
            "money": {
                row["currency"]: {name: row[name] for name in row.keys() if name != "currency"}  # noqa: SIM118 - a Row iterates over values
                for row in self._books.all(MONEY)
            },
        }


def entry(row: Row) -> dict[str, Any]:
    """Give one intent as an auditor reads it."""
    return {
        "order_id": row["order_id"],
        "intent_id": row["id"],
        "status": row["status"],
        "amount": row["amount"],
        "currency": row["currency"],
        "amount_captured": row["amount_captured"],
        "amount_refunded": row["amount_refunded"],
        "captures": row["captures"],
        "key": row["key"],
    }


def _intent(row: Row) -> Intent:
    values = {name: row[name] for name in COLUMNS}
    return Intent(
        **{
            **values,
            "status": Status(row["status"]),
            "metadata": json.loads(row["metadata"]),
        }
    )
