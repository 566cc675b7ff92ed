"""The provider's webhooks in the service's own database: kept by the API, acted on by the worker."""

from collections.abc import Collection

import asyncpg
from servicekit import purge

KEPT_DAYS = 8
"""A provider repeats itself for days."""
INSERT = """
    INSERT INTO provider_notices (webhook_id, command_key, body) VALUES ($1, $2, $3)
    ON CONFLICT (webhook_id) DO NOTHING
"""
# Once its command is not open any more, whichever way it was answered, there is nothing left to do.
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


async def keep_webhook(pool: asyncpg.Pool, webhook_id: str, command_key: str, body: str) -> None:
    """Write down a webhook; one that comes again changes nothing."""
    await pool.execute(INSERT, webhook_id, command_key, body)


async def settle_webhooks(pool: asyncpg.Pool) -> int:
    """Mark as handled all those whose command has been answered; gives their number."""
    status: str = await pool.execute(SETTLE)
    return int(status.rpartition(" ")[2])


async def open_webhooks(pool: asyncpg.Pool, held: Collection[int]) -> list[asyncpg.Record]:
    """Find those whose command is open, in order of arrival, except the `held` ones."""
    return await pool.fetch(OPEN, list(held))


async def purge_webhooks(pool: asyncpg.Pool) -> None:
    """Delete what was handled long ago."""
    await purge(pool, PURGE, KEPT_DAYS)
