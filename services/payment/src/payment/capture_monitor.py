"""Monitors captures: a timer fires for each one that the provider keeps refusing."""

import asyncpg
from messaging import BackgroundTask, Buffer, Delivery, MessageContext
from servicekit import run_every

from payment.commands import CapturePayment
from payment.handlers import CaptureOverdue

LOOK_EVERY_S = 1.0
FIND = """
    SELECT p.order_id, c.attempts, c.correlation_id, c.causation_id, c.traceparent, c.baggage
    FROM commands AS c JOIN payments AS p ON p.order_id = c.order_id
    WHERE c.kind = $1 AND c.attempts >= $2 AND p.status = 'capturing'
    ORDER BY c.created_at LIMIT 200
"""


def watch_captures(tries: int) -> BackgroundTask:
    """Make the task that fires a timer for each capture that failed `tries` times; it may fire again."""

    async def watch(pool: asyncpg.Pool, buffer: Buffer) -> None:
        async def look() -> None:
            for row in await pool.fetch(FIND, CapturePayment.kind(), tries):
                fact = CaptureOverdue(order_id=row["order_id"], tries=row["attempts"])
                await buffer.put(Delivery(fact=fact, cause=_cause(row)))

        await run_every(look, LOOK_EVERY_S)

    return watch


def _cause(row: asyncpg.Record) -> MessageContext:
    """Return what the command follows from, so that the timer does too."""
    return MessageContext(
        row["correlation_id"], row["causation_id"], row["traceparent"], baggage=row["baggage"]
    )
