"""Acting on the provider's webhooks: a second way for the answer to a command to come.

A webhook and the call's own answer settle the same open command, and whichever comes second finds
none: it has no effect. So webhooks may be repeated, late or out of order, and two instances may take
the same one.
"""

import asyncpg
from messaging.buffer import Buffer
from messaging.delivery import Cause, Delivery
from messaging.patience import repeat
from messaging.purging import purge

from payment.notices import read_notice

LOOK_EVERY_S = 0.25
KEPT_DAYS = 8
PURGE_EVERY_S = 600
# Once its command is not open any more, whoever has answered it, there is nothing left to do.
SETTLE = """
    UPDATE provider_notices SET handled_at = now() WHERE position IN (
        SELECT position FROM provider_notices AS n
        WHERE handled_at IS NULL
              AND NOT EXISTS (SELECT FROM commands WHERE key = n.command_key)
        ORDER BY position LIMIT 2000 FOR UPDATE SKIP LOCKED)
"""
OPEN = """
    SELECT n.position, n.command_key, n.body, c.correlation_id, c.causation_id, c.traceparent,
           c.baggage
    FROM provider_notices AS n JOIN commands AS c ON c.key = n.command_key
    WHERE n.handled_at IS NULL AND NOT n.position = ANY($1::bigint[])
    ORDER BY n.position LIMIT 500
"""
PURGE = """
    DELETE FROM provider_notices WHERE position IN (
        SELECT position FROM provider_notices
        WHERE handled_at < now() - make_interval(days => $1) LIMIT $2)
"""


async def take_notice(pool: asyncpg.Pool, buffer: Buffer) -> None:
    """The chore that hands on what webhooks answer, in the order in which they came."""
    held: set[int] = set()

    async def look() -> None:
        await pool.execute(SETTLE)
        for row in await pool.fetch(OPEN, list(held)):
            held.add(row["position"])
            await buffer.put(_delivery(row, held))

    await repeat(look, LOOK_EVERY_S)


async def forget_old_notices(pool: asyncpg.Pool, _: Buffer) -> None:
    """The chore that removes what was handled long ago; a provider repeats itself for days."""
    await repeat(lambda: purge(pool, PURGE, KEPT_DAYS), PURGE_EVERY_S)


def _delivery(row: asyncpg.Record, held: set[int]) -> Delivery:
    notice = read_notice(row["body"])
    if notice is None:
        raise ValueError(f"notice {row['position']} answers nothing, and yet it was kept")
    return Delivery(
        fact=notice.answer,
        cause=Cause(
            row["correlation_id"],
            row["causation_id"],
            row["traceparent"],
            baggage=row["baggage"],
        ),
        command_key=row["command_key"],
        acknowledge=lambda: held.discard(row["position"]),
    )
