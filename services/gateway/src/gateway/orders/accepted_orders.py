"""The gateway's own record of an order: enough to answer before anybody else has heard of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from events import Record
from messaging import crash_points
from messaging.outbox import OutboxRow, dump_headers
from messaging.relay import Relay

from gateway.orders.acceptance import TIMEOUT_S

READ = """
    SELECT customer_id, document, cancellation_requested_at FROM accepted_orders
    WHERE order_id = $1
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


@dataclass(frozen=True, slots=True)
class AcceptedOrder:
    """An order as it was accepted, and whether its cancellation was asked for since."""

    customer_id: str
    document: dict[str, Any]
    cancellation_requested: bool


async def read_accepted(pool: asyncpg.Pool, order_id: str) -> AcceptedOrder | None:
    """What the gateway accepted under this id."""
    row = await pool.fetchrow(READ, order_id, timeout=TIMEOUT_S)
    if row is None:
        return None
    asked = row["cancellation_requested_at"] is not None
    return AcceptedOrder(row["customer_id"], json.loads(row["document"]), asked)


async def request_cancellation(
    pool: asyncpg.Pool, relay: Relay, order_id: str, at: datetime, record: Record
) -> None:
    """Note that the cancellation was asked for and say so: once per order, however often asked."""
    position = await pool.fetchval(
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
        relay.feed([OutboxRow(position, record)])
