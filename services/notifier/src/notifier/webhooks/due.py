"""The webhooks that are due: claimed by one process at a time, and struck out when they are done."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from messaging.purging import purge
from servicekit import Connection

from notifier.webhooks.sending import Outcome

LEASE_S = 60
"""Longer than a try may take, so that nobody else tries meanwhile."""
LOG_DAYS = 30

CLAIM = """
    UPDATE webhook_deliveries AS due SET due_at = now() + make_interval(secs => $2)
    FROM webhook_subscriptions AS subscription
    WHERE subscription.id = due.subscription_id AND due.id IN (
        SELECT id FROM webhook_deliveries
        WHERE status = 'pending' AND due_at <= now() AND NOT subscription_id = ANY($3::text[])
        ORDER BY due_at, number LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING due.id, due.subscription_id, due.body, due.attempts, url, secret,
        CASE WHEN previous_until > now() THEN previous_secret END AS previous
"""
FINISH = """
    UPDATE webhook_deliveries SET status = $2, attempts = attempts + 1, response_status = $3,
        error = $4, finished_at = now()
    WHERE id = $1 AND status = 'pending'
"""
POSTPONE = """
    UPDATE webhook_deliveries SET attempts = attempts + 1, response_status = $3, error = $4,
        due_at = now() + make_interval(secs => $2)
    WHERE id = $1 AND status = 'pending'
"""
DISABLE = "UPDATE webhook_subscriptions SET status = 'disabled' WHERE id = $1"
DROP = """
    UPDATE webhook_deliveries SET status = 'dropped', finished_at = now(),
        error = 'the receiver wants nothing more'
    WHERE subscription_id = $1 AND status = 'pending'
"""
PURGE = """
    DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries WHERE finished_at < now() - make_interval(days => $1)
        LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A webhook to be sent now; `tries` were in vain so far, `secrets` are sealed."""

    id: str
    subscription_id: str
    url: str
    body: str
    tries: int
    secrets: tuple[str, ...]


async def claim(pool: asyncpg.Pool, limit: int, but_not: Sequence[str]) -> list[Due]:
    """Take up what is due, the longest due first, but not of these subscriptions."""
    rows = await pool.fetch(CLAIM, limit, LEASE_S, but_not)
    return [
        Due(
            id=row["id"],
            subscription_id=row["subscription_id"],
            url=row["url"],
            body=row["body"],
            tries=row["attempts"],
            secrets=tuple(one for one in (row["secret"], row["previous"]) if one),
        )
        for row in rows
    ]


async def finish(
    database: asyncpg.Pool | Connection, due: Due, status: str, outcome: Outcome
) -> None:
    """Note that there will be no further try, and why."""
    await database.execute(FINISH, due.id, status, outcome.status, outcome.error)


async def postpone(pool: asyncpg.Pool, due: Due, delay_s: float, outcome: Outcome) -> None:
    """Note a vain try, and when the next one may be made."""
    await pool.execute(POSTPONE, due.id, delay_s, outcome.status, outcome.error)


async def disable(pool: asyncpg.Pool, due: Due, outcome: Outcome) -> None:
    """Send nothing more to the receiver, neither what is waiting nor what will come."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(DISABLE, due.subscription_id)
        await finish(connection, due, "dropped", outcome)
        await connection.execute(DROP, due.subscription_id)


async def forget(pool: asyncpg.Pool) -> None:
    """Delete from the log what ended a month ago."""
    await purge(pool, PURGE, LOG_DAYS)
