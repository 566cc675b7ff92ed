"""Accepting orders: idempotency key, order and outbox row are one statement, so all or nothing.

A key that another replica is just claiming makes the statement wait for its commit; then the first
answer is given again. Within one replica no two requests with one key come here (`in_hand`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from events import Record
from messaging import crash_points
from messaging.outbox import OutboxRow, dump_headers
from messaging.purging import purge
from messaging.relay import Relay

TIMEOUT_S = 5.0
KEY_HOURS = 24
"""For so long, at least, a repeated key is answered with the first answer."""

# Keys are claimed in their order, so that two gateways cannot wait for each other.
ACCEPT = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(
            $1::text[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[], $6::text[],
            $7::text[], $8::bytea[], $9::bytea[], $10::text[]
        ) AS asked(customer_id, key, body_hash, order_id, placed_at, document,
                   topic, record_key, value, headers)
    ), claimed AS (
        INSERT INTO idempotency_keys (customer_id, key, body_hash, order_id)
        SELECT customer_id, key, body_hash, order_id FROM asked ORDER BY customer_id, key
        ON CONFLICT DO NOTHING RETURNING order_id
    ), accepted AS (
        INSERT INTO accepted_orders (order_id, customer_id, placed_at, document)
        SELECT order_id, customer_id, placed_at, document FROM asked JOIN claimed USING (order_id)
    )
    INSERT INTO outbox (topic, key, value, headers)
    SELECT topic, record_key, value, headers FROM asked JOIN claimed USING (order_id)
    RETURNING position, key
"""
STORED = """
    SELECT customer_id, key, body_hash, order_id, document
    FROM unnest($1::text[], $2::text[]) AS asked(customer_id, key)
    JOIN idempotency_keys USING (customer_id, key)
    JOIN accepted_orders USING (order_id, customer_id)
"""
PURGE = """
    DELETE FROM idempotency_keys WHERE (customer_id, key) IN (
        SELECT customer_id, key FROM idempotency_keys
        WHERE created_at < now() - make_interval(hours => $1) LIMIT $2
    )
"""

Key = tuple[str, str]
"""An idempotency key belongs to a customer."""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order that is ready to be accepted, with the answer to its customer and the record to relay."""

    customer_id: str
    key: str
    body_hash: bytes
    order_id: str
    placed_at: datetime
    document: str
    record: Record


@dataclass(frozen=True, slots=True)
class Accepted:
    """What stands in the book under an idempotency key; `replayed` if it stood there before."""

    order_id: str
    body_hash: bytes
    document: str
    replayed: bool


class OrderBook:
    """Writes accepted orders, and hands what is to be said about them to the relay."""

    def __init__(self, pool: asyncpg.Pool, relay: Relay) -> None:
        self._pool = pool
        self._relay = relay

    async def accept(self, orders: Sequence[NewOrder]) -> list[Accepted]:
        """Accept a group of orders in one transaction; gives what stands under each one's key."""
        written = await self._pool.fetch(ACCEPT, *_columns(orders), timeout=TIMEOUT_S)
        positions = {row["key"]: row["position"] for row in written}
        fresh = [order for order in orders if order.record.key in positions]
        crash_points.reach("after-commit")
        self._relay.feed([OutboxRow(positions[o.record.key], o.record) for o in fresh])
        known = {order.order_id for order in fresh}
        repeats = [(o.customer_id, o.key) for o in orders if o.order_id not in known]
        stored = await self.stored(repeats)
        return [
            Accepted(order.order_id, order.body_hash, order.document, replayed=False)
            if order.order_id in known
            else stored[order.customer_id, order.key]
            for order in orders
        ]

    async def stored(self, keys: Sequence[Key]) -> dict[Key, Accepted]:
        """What stands under keys that were used before."""
        if not keys:
            return {}
        customers, names = zip(*keys, strict=True)
        rows = await self._pool.fetch(STORED, customers, names, timeout=TIMEOUT_S)
        return {
            (row["customer_id"], row["key"]): Accepted(
                row["order_id"], row["body_hash"], row["document"], replayed=True
            )
            for row in rows
        }

    async def purge_keys(self) -> None:
        """Forget keys that nobody retries any more; the orders stay."""
        await purge(self._pool, PURGE, KEY_HOURS)


def _columns(orders: Sequence[NewOrder]) -> list[list[object]]:
    rows = [
        (
            order.customer_id,
            order.key,
            order.body_hash,
            order.order_id,
            order.placed_at,
            order.document,
            order.record.topic,
            order.record.key,
            order.record.value,
            dump_headers(order.record.headers),
        )
        for order in orders
    ]
    return [list(column) for column in zip(*rows, strict=True)]
