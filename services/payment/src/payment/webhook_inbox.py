"""Acting on the provider's webhooks: a second way for the answer to a command to come.

A webhook and the call's own response settle the same open command, and whichever comes second finds
none: it has no effect. So webhooks may be repeated, late or out of order, and two instances may take
the same one.
"""

import asyncpg
from messaging import Buffer, Delivery, MessageContext
from servicekit import run_every

from payment import webhook_store
from payment.webhook_events import read_event

LOOK_EVERY_S = 0.25
IDLE_S = 1.0
PURGE_EVERY_S = 600


async def process_webhooks(pool: asyncpg.Pool, buffer: Buffer) -> None:
    """Deliver what webhooks answer, in the order in which they came; a background task."""
    held: set[int] = set()

    async def look() -> bool:
        settled = await webhook_store.settle_webhooks(pool)
        found = await webhook_store.open_webhooks(pool, held)
        for row in found:
            held.add(row["position"])
            await buffer.put(_delivery(row, held))
        return settled > 0 or bool(found)

    await run_every(look, LOOK_EVERY_S, idle_s=IDLE_S)


async def purge_webhooks(pool: asyncpg.Pool, _: Buffer) -> None:
    """Delete what was handled long ago, from time to time; a background task."""
    await run_every(lambda: webhook_store.purge_webhooks(pool), PURGE_EVERY_S)


def _delivery(row: asyncpg.Record, held: set[int]) -> Delivery:
    event = read_event(row["body"])
    if event is None:
        raise ValueError(f"webhook {row['position']} answers nothing, and yet it was kept")
    return Delivery(
        fact=event.answer,
        cause=MessageContext(
            row["correlation_id"],
            row["causation_id"],
            row["traceparent"],
            baggage=row["baggage"],
        ),
        command_key=row["command_key"],
        acknowledge=lambda: held.discard(row["position"]),
    )
