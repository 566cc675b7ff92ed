"""Accepting orders: idempotency key, order and outbox row are one statement, so all or nothing.

A key that another replica is just claiming makes the statement wait for its commit; then the first
response is given again. Within one replica no two requests with one key come here (`InFlightKeys`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from events import Record
from fault_injection import crash_points
from messaging import OutboxRow, Relay, dump_headers
from servicekit import purge

from gateway.database import TIMEOUT_S

KEY_HOURS = 24
"""Minimum time for which a repeated key gets the first response."""

# Keys are claimed in their order, so that two gateways cannot wait for each other.
ACCEPT = """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(
            $1::text[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[], $6::text[],
            $7::text[], $8::bytea[], $9::bytea[], $10::text[], $11::text[]
        ) AS asked(customer_id, key, body_hash, order_id, placed_at, document,
                   topic, record_key, value, headers, traceparent)
    ), claimed AS (
        INSERT INTO idempotency_keys (customer_id, key, body_hash, order_id)
        SELECT customer_id, key, body_hash, order_id FROM asked ORDER BY customer_id, key
        ON CONFLICT DO NOTHING RETURNING order_id
    ), accepted AS (
        INSERT INTO accepted_orders (order_id, customer_id, placed_at, document, traceparent)
        SELECT order_id, customer_id, placed_at, document, traceparent
        FROM asked JOIN claimed USING (order_id)
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
CANCEL = """
    WITH asked AS (
        UPDATE accepted_orders SET cancellation_requested_at = $2
        WHERE order_id = $1 AND cancellation_requested_at IS NULL RETURNING order_id
    )
    INSERT INTO outbox (topic, key, value, headers)
    SELECT $3, $4, $5, $6 FROM asked
    RETURNING position
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
    """Content stored under an idempotency key; `replayed` if an earlier request stored it."""

    order_id: str
    body_hash: bytes
    document: str
    replayed: bool


class OrderStore:
    """Store of accepted orders and requested cancellations, which feeds their records to the relay."""

    def __init__(self, pool: asyncpg.Pool, relay: Relay) -> None:
        self._pool = pool
        self._relay = relay

    async def accept(self, orders: Sequence[NewOrder]) -> list[Accepted]:
        """Accept a group of orders in one transaction; returns what is stored under each one's key."""
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
        """Read what is stored under keys that were used before."""
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

    async def request_cancellation(self, order_id: str, at: datetime, record: Record) -> None:
        """Write down a requested cancellation and emit its record: once per order, however often."""
        position = await self._pool.fetchval(
            CANCEL,
            order_id,
            at,
            record.topic,
            record.key,
            record.value,
            dump_headers(record.headers),
            timeout=TIMEOUT_S,
        )
        if position is not None:
            crash_points.reach("after-commit")
            self._relay.feed([OutboxRow(position, record)])

    async def purge_keys(self) -> None:
        """Delete keys that are too old for a retry; the orders stay."""
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
            _traceparent(order.record),
        )
        for order in orders
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _traceparent(record: Record) -> str | None:
    value = dict(record.headers).get("traceparent")
    return None if value is None else value.decode()
