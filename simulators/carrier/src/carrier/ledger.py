"""The carrier's books: every shipment, in SQLite."""

import json
from collections.abc import Iterator
from sqlite3 import Row
from typing import Any

from simkit import Books

SCHEMA = """
CREATE TABLE IF NOT EXISTS shipments (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    tracking_code TEXT NOT NULL,
    service TEXT NOT NULL,
    weight_grams INTEGER NOT NULL,
    to_address TEXT NOT NULL,
    created_at TEXT NOT NULL,
    key TEXT
);
CREATE INDEX IF NOT EXISTS shipments_by_reference ON shipments (reference);
"""
CARRIER = "ParcelSim"
LIVE_TWICE = """
SELECT COUNT(*) FROM (
    SELECT reference FROM shipments WHERE status != 'cancelled'
    GROUP BY reference HAVING COUNT(*) > 1
)
"""


class Ledger:
    """Ledger of shipments; whoever calls it holds the transaction."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def add(self, **values: object) -> None:
        """Enter a new shipment."""
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self._books.execute(
            f"INSERT INTO shipments ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            *values.values(),
        )

    def cancel(self, shipment_id: str) -> None:
        """Enter that a shipment will not be sent."""
        self._books.execute("UPDATE shipments SET status = 'cancelled' WHERE id = ?", shipment_id)

    def shipment(self, shipment_id: str) -> Row | None:
        """Give one shipment."""
        return self._books.one("SELECT * FROM shipments WHERE id = ?", shipment_id)

    def of_order(self, reference: str) -> list[Row]:
        """Give every shipment of one order, oldest first."""
        sql = "SELECT * FROM shipments WHERE reference = ? ORDER BY seq"
        return self._books.all(sql, reference)

    def pages(self) -> Iterator[list[Row]]:
        """Give all shipments, oldest first, a page at a time."""
        return self._books.pages("shipments")

    def summary(self) -> dict[str, Any]:
        """Give the totals, and how many orders have more than one parcel on its way."""
        by_status = "SELECT status, COUNT(*) FROM shipments GROUP BY status ORDER BY status"
        count = self._books.one("SELECT COUNT(DISTINCT reference), COUNT(*) FROM shipments")
        twice = self._books.one(LIVE_TWICE)
        return {
            "orders": 0 if count is None else count[0],
            "shipments": 0 if count is None else count[1],
            "by_status": {row[0]: row[1] for row in self._books.all(by_status)},
            "orders_with_several_live_shipments": 0 if twice is None else twice[0],
        }


def as_json(row: Row) -> dict[str, Any]:
    """Give EasyPost's shipment object."""
    return {
        "id": row["id"],
        "object": "Shipment",
        "reference": row["reference"],
        "status": row["status"],
        "tracking_code": row["tracking_code"],
        "carrier": CARRIER,
        "service": row["service"],
        "to_address": json.loads(row["to_address"]),
        "parcel": {"weight_grams": row["weight_grams"]},
        "created_at": row["created_at"],
    }


def entry(row: Row) -> dict[str, Any]:
    """Give one shipment as an auditor reads it."""
    return {
        "order_id": row["reference"],
        "shipment_id": row["id"],
        "status": row["status"],
        "tracking_code": row["tracking_code"],
        "service": row["service"],
        "weight_grams": row["weight_grams"],
        "key": row["key"],
    }
