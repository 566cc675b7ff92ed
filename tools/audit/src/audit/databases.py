"""Reading every service's database, each as it stood at one moment, and making records of its rows."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any, TypeVar

import asyncpg

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
            "SELECT order_id, customer_id, placed_at, document::jsonb ->> 'total' FROM accepted_orders",
        ),
        ("keys", KeyUse, "SELECT customer_id, key, order_id FROM idempotency_keys"),
    ),
    "order": (
        (
            "orders",
            _order,
            "SELECT order_id, status, version, total, placed_at, final_at, tracking_code, lines FROM orders",
        ),
        ("history", StatusChange, "SELECT order_id, sequence, status FROM order_history"),
    ),
    "payment": (
        (
            "payments",
            _payment,
            "SELECT order_id, status, version, payment_id, amount FROM payments",
        ),
    ),
    "inventory": (
        ("products", Product, "SELECT sku, initial, on_hand, reserved, shipped FROM products"),
        (
            "reservations",
            _reservation,
            "SELECT order_id, status, version, lines FROM reservations",
        ),
    ),
    "shipping": (
        (
            "shipments",
            Shipment,
            "SELECT order_id, status, version, shipment_id, tracking_code FROM shipments",
        ),
    ),
    "notifier": (
        (
            "notifications",
            Notification,
            "SELECT order_id, status, version, kind, message_id FROM notifications",
        ),
    ),
}


R = TypeVar("R")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
OUTBOX = "SELECT encode(key, 'escape'), topic, 0, NULL, created_at FROM outbox"
COMMANDS = "SELECT order_id, kind, attempts, last_error, created_at, true FROM commands"
DEAD_LETTERS = """
    SELECT origin, key, error, partition, "offset", settled_at IS NULL FROM dead_letters
"""
INBOX = "SELECT event_id::text FROM inbox"
ANSWER_TIMEOUT_S = 60
"""Reads whole tables, and ends all the same where a server has vanished."""
UNREADABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class ServiceBooks:
    """What one service has written down; `own` by the name of the field of the books."""

    own: dict[str, Sequence[Any]]
    pending: Sequence[Pending]
    dead_letters: Sequence[DeadLetter]
    inbox: frozenset[str] | None


async def read_service(target: Target, service: str) -> ServiceBooks:
    """Read everything that a service keeps, in one snapshot.

    Raises:
        CannotAuditError: its database does not answer, or has not the tables that it should.
    """
    try:
        connection = await connect(target, service)
    except UNREADABLE as error:
        raise CannotAuditError(f"the database of {service} does not answer: {error}") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _read(connection, service)
    except UNREADABLE as error:
        raise CannotAuditError(f"the books of {service} cannot be read: {error}") from error
    finally:
        await connection.close()


async def connect(target: Target, service: str) -> asyncpg.Connection:
    """Connect with a service's database."""
    url = target.databases[service]
    return await asyncpg.connect(url, timeout=5, command_timeout=ANSWER_TIMEOUT_S)


async def _read(connection: Any, service: str) -> ServiceBooks:
    tables = {row[0] for row in await connection.fetch(TABLES)}

    async def fetch(sql: str, make: Callable[..., R]) -> list[R]:
        return [make(*row) for row in await connection.fetch(sql)]

    pending = await fetch(OUTBOX, lambda *row: Pending(service, *row))
    if "commands" in tables:
        pending += await fetch(COMMANDS, lambda *row: Pending(service, *row))
    letters: list[DeadLetter] = []
    if "dead_letters" in tables:
        letters = await fetch(DEAD_LETTERS, lambda *row: _dead_letter(service, *row))
    return ServiceBooks(
        own={field: await fetch(sql, make) for field, make, sql in OWN[service]},
        pending=pending,
        dead_letters=letters,
        inbox=frozenset(await fetch(INBOX, intern)) if "inbox" in tables else None,
    )


def _dead_letter(service: str, origin: str, key: str, error: str, *rest: Any) -> DeadLetter:
    partition, offset, is_open = rest
    place = None if partition is None else Stray(origin, partition, offset)
    return DeadLetter(service, origin, key, error, place, is_open=is_open)
