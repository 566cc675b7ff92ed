"""Reading every service's database, each as it stood at one moment, and making records of its rows."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from client import LedgerEntry

from audit.records import (
    Accepted,
    DeadLetter,
    KeyUse,
    Notification,
    Order,
    Payment,
    Pending,
    Product,
    Reservation,
    Shipment,
    StatusChange,
    Stray,
    Total,
)
from audit.target import CannotAuditError, Target
from audit.volumes import Volumes

Make = Callable[..., Any]


def _total(text: str | None) -> Total | None:
    return None if text is None else Total(**json.loads(text))


def _units(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((line["sku"], line["quantity"]) for line in json.loads(text))


def _accepted(order_id: str, customer_id: str, placed_at: Any, total: str) -> Accepted:
    return Accepted(order_id, customer_id, placed_at, Total(**json.loads(total)))


def _order(*row: Any) -> Order:
    order_id, status, version, total, placed_at, final_at, tracking_code, lines = row
    units = _units(lines)
    return Order(
        order_id, status, version, _total(total), placed_at, final_at, tracking_code, units
    )


def _payment(order_id: str, status: str, version: int, payment_id: str, amount: str) -> Payment:
    return Payment(order_id, status, version, payment_id, _total(amount))


def _reservation(order_id: str, status: str, version: int, lines: str) -> Reservation:
    return Reservation(order_id, status, version, _units(lines))


# What each service's own tables hold, by the name of the field of the books.
OWN: dict[str, tuple[tuple[str, Make, str], ...]] = {
    "gateway": (
        (
            "accepted",
            _accepted,
            "SELECT order_id, customer_id, placed_at, document::jsonb ->> 'total' FROM accepted_orders {since}",
        ),
        ("keys", KeyUse, "SELECT customer_id, key, order_id FROM idempotency_keys {since}"),
    ),
    "order": (
        (
            "orders",
            _order,
            "SELECT order_id, status, version, total, placed_at, final_at, tracking_code, lines FROM orders {since}",
        ),
        ("history", StatusChange, "SELECT order_id, sequence, status FROM order_history {since}"),
    ),
    "payment": (
        (
            "payments",
            _payment,
            "SELECT order_id, status, version, payment_id, amount FROM payments {since}",
        ),
    ),
    "inventory": (
        (
            "reservations",
            _reservation,
            "SELECT order_id, status, version, lines FROM reservations {since}",
        ),
    ),
    "shipping": (
        (
            "shipments",
            Shipment,
            "SELECT order_id, status, version, shipment_id, tracking_code FROM shipments {since}",
        ),
    ),
    "notifier": (
        (
            "notifications",
            Notification,
            "SELECT order_id, status, version, kind, message_id FROM notifications {since}",
        ),
    ),
}


SINCE = "WHERE order_id >= $1"
PRODUCTS = "SELECT sku, initial, on_hand, reserved, shipped FROM products"
SHELVED = """
    SELECT status, line ->> 'sku', sum((line ->> 'quantity')::bigint)::bigint
    FROM reservations, jsonb_array_elements(lines) AS line GROUP BY 1, 2
"""
ORDERS = "SELECT count(*) FROM accepted_orders WHERE order_id >= $1"
SHARED_KEYS = """
    SELECT order_id FROM idempotency_keys JOIN (
        SELECT customer_id, key FROM idempotency_keys WHERE order_id >= $1
        GROUP BY 1, 2 HAVING count(DISTINCT order_id) > 1
    ) AS shared USING (customer_id, key)
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
OUTBOX = "SELECT encode(key, 'escape'), topic, 0, NULL, created_at FROM outbox"
COMMANDS = "SELECT order_id, kind, attempts, last_error, created_at, true FROM commands"
DEAD_LETTERS = """
    SELECT origin, key, error, partition, "offset", settled_at IS NULL FROM dead_letters
"""
INBOX = "SELECT event_id::text FROM inbox WHERE event_id >= $1"
ANSWER_TIMEOUT_S = 60
"""Reads whole tables, and ends all the same where a server has vanished."""
ROWS_AT_ONCE = 5_000
UNREADABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@asynccontextmanager
async def reading(target: Target, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Open a snapshot of a service's database.

    Raises:
        CannotAuditError: it does not answer, or has not the tables that it should.
    """
    try:
        connection = await connect(target, service)
    except UNREADABLE as error:
        raise CannotAuditError(f"the database of {service} does not answer: {error}") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    except UNREADABLE as error:
        raise CannotAuditError(f"the books of {service} cannot be read: {error}") from error
    finally:
        await connection.close()


async def connect(target: Target, service: str) -> asyncpg.Connection:
    """Connect with a service's database."""
    url = target.databases[service]
    return await asyncpg.connect(url, timeout=5, command_timeout=ANSWER_TIMEOUT_S)


async def read_extent(target: Target) -> tuple[int, frozenset[str]]:
    """Read how many orders there are, and which stand under one key with another one."""
    async with reading(target, "gateway") as connection:
        orders = int(await connection.fetchval(ORDERS, target.first_order_id))
        shared = await connection.fetch(SHARED_KEYS, target.first_order_id)
        return orders, frozenset(row[0] for row in shared)


Shelved = dict[str, Counter[str]]
"""Units by SKU, by the status of the reservations that hold them."""


async def read_shelves(connection: asyncpg.Connection) -> tuple[list[Product], Shelved]:
    """Read where the units of each product are, by the products and by all reservations."""
    products = [Product(*row) for row in await connection.fetch(PRODUCTS)]
    shelved: Shelved = {}
    for status, sku, units in await connection.fetch(SHELVED):
        shelved.setdefault(status, Counter())[sku] = units
    return products, shelved


async def read_told(
    connection: asyncpg.Connection, ledger: Sequence[LedgerEntry]
) -> tuple[list[Accepted], list[KeyUse]]:
    """Read what the gateway has of the orders and under the keys that clients know of."""
    (_, accepted, of_orders), (_, key_use, of_keys) = OWN["gateway"]
    order_ids = [entry.order_id for entry in ledger if entry.order_id]
    keys = [entry.idempotency_key for entry in ledger]
    orders = await connection.fetch(of_orders.format(since="WHERE order_id = ANY($1)"), order_ids)
    uses = await connection.fetch(of_keys.format(since="WHERE key = ANY($1)"), keys)
    return [accepted(*row) for row in orders], [key_use(*row) for row in uses]


async def read_service(
    target: Target, service: str, volumes: Volumes, connection: asyncpg.Connection
) -> None:
    """Read everything that a service keeps about orders, row by row, into the volumes."""
    tables = {row[0] for row in await connection.fetch(TABLES)}
    for field, make, sql in OWN[service]:
        async for row in _stream(connection, sql.format(since=SINCE), target.first_order_id):
            volumes.add(field, make(*row))
    await _read_undone(service, tables, volumes, connection)
    if "inbox" in tables:
        volumes.inboxes.add(service)
        async for row in _stream(connection, INBOX, target.first_event_id):
            volumes.add_handled(service, row[0])


async def _read_undone(
    service: str, tables: Collection[str], volumes: Volumes, connection: asyncpg.Connection
) -> None:
    for sql, table in ((OUTBOX, "outbox"), (COMMANDS, "commands")):
        if table in tables:
            async for row in _stream(connection, sql):
                volumes.add("pending", Pending(service, *row))
    if "dead_letters" in tables:
        async for row in _stream(connection, DEAD_LETTERS):
            _add_dead_letter(volumes, _dead_letter(service, *row))


async def _stream(
    connection: asyncpg.Connection, sql: str, *arguments: object
) -> AsyncIterator[Any]:
    async for row in connection.cursor(sql, *arguments, prefetch=ROWS_AT_ONCE):
        yield row


def _add_dead_letter(volumes: Volumes, letter: DeadLetter) -> None:
    volumes.add("dead_letters", letter)
    if letter.place is not None:
        volumes.add_known(letter.place.id, letter.order_id)
        volumes.set_aside[letter.place] = letter.order_id


def _dead_letter(service: str, origin: str, key: str, error: str, *rest: Any) -> DeadLetter:
    partition, offset, is_open = rest
    place = None if partition is None else Stray(origin, partition, offset)
    return DeadLetter(service, origin, key, error, place, is_open=is_open)
