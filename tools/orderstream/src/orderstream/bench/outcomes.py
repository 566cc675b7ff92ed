"""What became of the orders that were placed, read from the order service's database."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

SETTLE_S = 90.0
LOOK_EVERY_S = 0.25

COUNT_OPEN = "SELECT count(*) FROM unnest($1::text[]) AS placed (id) WHERE NOT EXISTS (SELECT 1 FROM orders WHERE order_id = placed.id AND final_at IS NOT NULL)"
SUMMARY = """
    SELECT count(*) FILTER (WHERE status = 'completed') AS completed,
           count(*) FILTER (WHERE final_at IS NULL) AS unfinished,
           extract(epoch FROM max(final_at) - min(placed_at))::float8 AS span_s,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
               ORDER BY extract(epoch FROM final_at - placed_at)::float8 * 1000) AS ms
    FROM orders WHERE order_id = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Completed orders, and accepted to completed in milliseconds."""

    completed: int
    unfinished: int
    span_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Completed orders a second, from the first one placed to the last one completed."""
        return self.completed / self.span_s if self.span_s else 0.0


async def settle(orders: asyncpg.Connection, order_ids: Sequence[str]) -> Outcome:
    """Wait until every order has ended, a minute and a half at most, and sum up."""
    deadline = time.monotonic() + SETTLE_S
    while await orders.fetchval(COUNT_OPEN, order_ids) and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
    row = await orders.fetchrow(SUMMARY, order_ids)
    if row is None or row["ms"] is None:
        return Outcome(0, len(order_ids), 0.0, 0.0, 0.0, 0.0)
    unfinished = len(order_ids) - row["completed"]
    return Outcome(row["completed"], unfinished, row["span_s"], *row["ms"])
