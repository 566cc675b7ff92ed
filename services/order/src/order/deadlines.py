"""Watching the clock: orders that are open after their deadline are told to the handlers."""

import asyncpg
from messaging import BackgroundTask, Buffer, Delivery, MessageContext
from servicekit import run_every

from order.handlers import DeadlinePassed

LOOK_EVERY_S = 1.0
FIND_OVERDUE = """
    SELECT order_id FROM orders
    WHERE final_at IS NULL AND NOT overdue AND placed_at < now() - make_interval(secs => $1)
    ORDER BY placed_at LIMIT 200
"""


def watch_deadlines(deadline_s: float) -> BackgroundTask:
    """Return the background task that fires a timer for each overdue order, again until it is handled."""

    async def watch(pool: asyncpg.Pool, buffer: Buffer) -> None:
        async def look() -> None:
            for row in await pool.fetch(FIND_OVERDUE, deadline_s):
                order_id = row["order_id"]
                fact = DeadlinePassed(order_id=order_id)
                await buffer.put(Delivery(fact=fact, cause=MessageContext(correlation_id=order_id)))

        await run_every(look, LOOK_EVERY_S)

    return watch
