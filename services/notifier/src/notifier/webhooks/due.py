"""The webhooks that are due: claimed by one process at a time, and struck out when they are done."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from servicekit import Connection, purge

from notifier.webhooks.sending import Outcome
from notifier.webhooks.shares import MAX_OF_ONE, Shares

LEASE_S = 60
"""Longer than a try may take, so that no other instance tries meanwhile."""
LOG_DAYS = 30

LISTED = 100
"""How many due webhooks are looked at in one go."""

# From one subscription to the next by the index of what waits, which alone has that order: what waits
# for a slow receiver, a million rows maybe, is stepped over, not read. Customers take turns: the first of each, then the second of each.
LIST = """
    WITH RECURSIVE waiting (subscription_id) AS (
        (SELECT subscription_id FROM webhook_deliveries WHERE status = 'pending'
            ORDER BY subscription_id, due_at, number LIMIT 1)
        UNION ALL
        SELECT (SELECT subscription_id FROM webhook_deliveries
            WHERE status = 'pending' AND subscription_id > waiting.subscription_id
            ORDER BY subscription_id, due_at, number LIMIT 1)
        FROM waiting WHERE subscription_id IS NOT NULL
    )
    SELECT due.id, subscription.id AS subscription_id, customer_id, host
    FROM waiting JOIN webhook_subscriptions AS subscription ON subscription.id = subscription_id
    CROSS JOIN LATERAL (
        SELECT id, due_at, number FROM webhook_deliveries
        WHERE subscription_id = waiting.subscription_id AND status = 'pending' AND due_at <= now()
        ORDER BY due_at, number LIMIT $1
    ) AS due
    WHERE NOT subscription.id = ANY($2::text[]) AND NOT customer_id = ANY($3::text[])
        AND NOT host = ANY($4::text[])
    ORDER BY row_number() OVER (PARTITION BY customer_id ORDER BY due_at, number), due_at, number
    LIMIT $5
"""
CLAIM = """
    UPDATE webhook_deliveries AS due SET due_at = now() + make_interval(secs => $2)
    FROM webhook_subscriptions AS subscription
    WHERE subscription.id = due.subscription_id AND due.id IN (
        SELECT id FROM webhook_deliveries
        WHERE id = ANY($1::text[]) AND status = 'pending' AND due_at <= now()
        FOR UPDATE SKIP LOCKED)
    RETURNING due.id, due.subscription_id, due.order_id, due.body, due.traceparent, due.attempts,
        url, secret, customer_id, host,
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
class Listed:
    """A webhook that is due, and who will have a place less once it is on its way."""

    id: str
    subscription_id: str
    customer_id: str
    host: str


@dataclass(frozen=True, slots=True)
class Due(Listed):
    """A webhook to be sent now; `tries` have failed so far, `secrets` are sealed.

    It belongs to the trace of `traceparent`.
    """

    url: str
    order_id: str
    body: str
    traceparent: str | None
    tries: int
    secrets: tuple[str, ...]

    def log_keys(self) -> dict[str, str]:
        """Return what a log line about it names: order, webhook, subscription."""
        return {
            "order_id": self.order_id,
            "webhook_id": self.id,
            "subscription": self.subscription_id,
        }


async def claim(pool: asyncpg.Pool, shares: Shares) -> list[Due]:
    """Take up what is due and gets a place: customers in turn, of each the longest due first."""
    if not shares.free:
        return []
    full = [shares.full(kind) for kind in ("subscription", "customer", "host")]
    rows = await pool.fetch(LIST, MAX_OF_ONE, *full, LISTED)
    wanted = [one for one in (Listed(**row) for row in rows) if shares.take(one)]
    claimed: list[Due] = []
    try:
        claimed = await _claim(pool, [one.id for one in wanted]) if wanted else []
    finally:
        mine = {one.id for one in claimed}
        for one in wanted:
            if one.id not in mine:  # somebody else was first
                shares.give_back(one)
    return claimed


async def _claim(pool: asyncpg.Pool, ids: Sequence[str]) -> list[Due]:
    rows = await pool.fetch(CLAIM, ids, LEASE_S)
    return [
        Due(
            id=row["id"],
            subscription_id=row["subscription_id"],
            customer_id=row["customer_id"],
            host=row["host"],
            url=row["url"],
            order_id=row["order_id"],
            body=row["body"],
            traceparent=row["traceparent"],
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
