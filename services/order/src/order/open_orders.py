"""Watching the open orders: how many there are in each status, how old, and how many are overdue."""

from typing import Any

import asyncpg
from events import OrderStatus
from messaging import BackgroundTask, Buffer
from servicekit import run_every
from servicekit.metrics import Values, only

from order.metrics import OLDEST, OPEN, OVERDUE

LOOK_EVERY_S = 5.0
# Each half reads an index that holds nothing but what is open.
LOOK = """
    SELECT status, false AS overdue, count(*) AS rows,
           extract(epoch FROM now() - min(placed_at))::float8 AS oldest_s
    FROM orders WHERE final_at IS NULL AND NOT overdue AND placed_at IS NOT NULL GROUP BY status
    UNION ALL
    SELECT status, true, count(*), extract(epoch FROM now() - min(placed_at))::float8
    FROM orders WHERE final_at IS NULL AND overdue AND placed_at IS NOT NULL GROUP BY status
"""
STATUSES = tuple(status.value for status in OrderStatus if not status.is_final)


class OpenOrders:
    """The orders that have not ended, as the last look found them."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._oldest_s: dict[str, float] = {}
        self._overdue: int | None = None
        OPEN.show(lambda: _by_status(self._open))
        OLDEST.show(lambda: _by_status(self._oldest_s))
        OVERDUE.show(lambda: {} if self._overdue is None else only(self._overdue))

    def note(self, rows: list[Any]) -> None:
        """Take over what a look has found."""
        self._open = dict.fromkeys(STATUSES, 0)
        self._oldest_s = dict.fromkeys(STATUSES, 0.0)
        self._overdue = 0
        for row in rows:
            status = row["status"]
            self._open[status] += row["rows"]
            self._oldest_s[status] = max(self._oldest_s[status], row["oldest_s"])
            self._overdue += row["rows"] if row["overdue"] else 0


def watch_open_orders() -> BackgroundTask:
    """Return the background task that looks at the open orders."""

    async def watch(pool: asyncpg.Pool, _: Buffer) -> None:
        orders = OpenOrders()

        async def look() -> None:
            orders.note(await pool.fetch(LOOK))

        await run_every(look, LOOK_EVERY_S)

    return watch


def _by_status(found: dict[str, Any]) -> Values:
    return {(status,): value for status, value in found.items()}
