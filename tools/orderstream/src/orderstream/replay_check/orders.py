"""Which orders are rebuilt, and how they are read from a database, live or rebuilt: what follows from facts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stack import Settings, connect

FIRST, LAST = "ord_", "ord_g"
"""Every id lies between these: what follows are hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Orders by id or by when they were placed; `until` itself is not in it."""

    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def environment(self) -> dict[str, str]:
        """Return the same, as the order service is told it."""
        told = {
            "ORDER_ID": self.order_id,
            "SINCE": self.since and self.since.isoformat(),
            "UNTIL": self.until and self.until.isoformat(),
        }
        return {name: value for name, value in told.items() if value}

    def bounds(self) -> tuple[str, str]:
        """Return from which id and up to which, not included; an id begins with its order's time."""
        if self.order_id is not None:
            return self.order_id, f"{self.order_id}g"
        first = FIRST if self.since is None else _begin(self.since)
        return first, LAST if self.until is None else _begin(self.until)


def _begin(moment: datetime) -> str:
    return f"ord_{int(moment.timestamp() * 1000):012x}"


FIELDS = (
    "status",
    "reason",
    "payment",
    "payment_sequence",
    "stock",
    "stock_sequence",
    "shipment",
    "shipment_sequence",
    "shipment_reason",
    "stopping",
    "cancellation_refused",
    "overdue",
    "tracking_code",
    "customer_id",
    "country",
    "lines",
    "total",
    "recipient",
    "held",
    "placed_at",
)
"""Not among them: `version` and `final_at`, which follow from when and in what order facts came."""
AS_JSON = ("lines", "total", "recipient", "held")
FIRST_STATUS, LAST_STATUS = "first status in history", "last status in history"
ORDERS = f"""
    SELECT order_id, {", ".join(FIELDS)},
           (SELECT array_agg(h.status ORDER BY h.sequence) FROM order_history AS h
            WHERE h.order_id = o.order_id)
    FROM orders AS o
    WHERE order_id >= $1 AND order_id < $2 AND status IS NOT NULL
"""  # noqa: S608  # the names are those above
UNPUBLISHED = "SELECT DISTINCT encode(key, 'escape') FROM outbox"
PLACED_BEFORE = "SELECT count(*) FROM orders WHERE order_id < $1"
FAILURES = 'SELECT origin, partition, "offset", key, error FROM dead_letters ORDER BY id'
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Orders:
    """The selected orders of one database by id; `unpublished` are those with rows in its outbox.

    `before` counts the orders placed before those. `failures` are facts that could not be handled.
    """

    rows: Mapping[str, Row]
    unpublished: frozenset[str]
    before: int
    failures: tuple[str, ...]


async def read_orders(settings: Settings, database: str, selection: Selection) -> Orders:
    """Read them, as they stand at one moment."""
    first, end = selection.bounds()
    connection = await connect(settings, database)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await connection.fetch(ORDERS, first, end)
            unpublished = await connection.fetch(UNPUBLISHED)
            before = 0
            if selection.since is not None:
                before = await connection.fetchval(PLACED_BEFORE, first)
            failures = await connection.fetch(FAILURES)
    finally:
        await connection.close()
    return Orders(
        rows={row[0]: _row(*row[1:]) for row in rows},
        unpublished=frozenset(row[0] for row in unpublished),
        before=before,
        failures=tuple(f"{at[0]}/{at[1]}@{at[2]} of {at[3]}: {at[4]}" for at in failures),
    )


def _row(*values: Any) -> Row:
    *fields, path = values
    row = dict(zip(FIELDS, fields, strict=True))
    row |= {name: json.loads(row[name]) for name in AS_JSON if row[name] is not None}
    ends = path or [None]
    return row | {FIRST_STATUS: ends[0], LAST_STATUS: ends[-1]}
