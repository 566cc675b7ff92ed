"""Watching the captures: those that the provider keeps refusing are told to the handlers."""

import asyncpg
from messaging.buffer import Buffer
from messaging.delivery import Cause, Delivery
from messaging.patience import repeat
from messaging.worker import Chore

from payment.commands import CapturePayment
from payment.handlers import CaptureOverdue

LOOK_EVERY_S = 1.0
FIND = """
    SELECT p.order_id, c.attempts, c.correlation_id, c.causation_id, c.traceparent, c.baggage
    FROM commands AS c JOIN payments AS p ON p.order_id = c.order_id
    WHERE c.kind = $1 AND c.attempts >= $2 AND p.status = 'capturing'
    ORDER BY c.created_at LIMIT 200
"""


def watch_captures(tries: int) -> Chore:
    """The chore that rings an alarm for each capture that failed so often; it may ring again."""

    async def watch(pool: asyncpg.Pool, buffer: Buffer) -> None:
        async def look() -> None:
            for row in await pool.fetch(FIND, CapturePayment.kind(), tries):
                fact = CaptureOverdue(order_id=row["order_id"], tries=row["attempts"])
                await buffer.put(Delivery(fact=fact, cause=_cause(row)))

        await repeat(look, LOOK_EVERY_S)

    return watch


def _cause(row: asyncpg.Record) -> Cause:
    """What the command follows from, so that the alarm does too."""
    return Cause(
        row["correlation_id"], row["causation_id"], row["traceparent"], baggage=row["baggage"]
    )
