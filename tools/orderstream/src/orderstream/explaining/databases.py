"""What each service's own database holds about one order."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from orderstream.explaining.facts import Asked, Letter, Standing
from orderstream.platform import DATABASES, Settings, connect

ACCEPTED = "SELECT placed_at FROM accepted_orders WHERE order_id = $1"
STANDING = """
    SELECT status, reason,
           (SELECT max(changed_at) FROM order_history AS h WHERE h.order_id = o.order_id),
           payment, stock, shipment, stopping, overdue, cancellation_refused, tracking_code,
           final_at
    FROM orders AS o WHERE order_id = $1 AND status IS NOT NULL
"""
OUTBOX = "SELECT headers, created_at FROM outbox WHERE key = $1 ORDER BY position"
COMMANDS = """
    SELECT kind, created_at, attempts, last_error FROM commands WHERE order_id = $1
    ORDER BY created_at
"""
LETTERS = """
    SELECT id, headers, origin, error, created_at FROM dead_letters
    WHERE key = $1 AND settled_at IS NULL ORDER BY id
"""
INBOX = "SELECT event_id FROM inbox WHERE event_id = ANY($1)"
ASKING = frozenset({"payment", "shipping", "notifier"})
"""The services that ask something of the outside world."""


@dataclass(frozen=True, slots=True)
class Row:
    """An event that waits in an outbox."""

    event_id: str
    event: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Notes:
    """What one service has written down about the order; `handled` are the events it has heard."""

    outbox: Sequence[Row]
    asked: Sequence[Asked]
    letters: Sequence[Letter]
    handled: frozenset[UUID]


async def read_placed_at(settings: Settings, order_id: str) -> datetime | None:
    """When the gateway accepted the order; None if it never did."""
    async with _opened(settings, "gateway") as database:
        placed_at: datetime | None = await database.fetchval(ACCEPTED, order_id)
        return placed_at


async def read_standing(settings: Settings, order_id: str) -> Standing | None:
    """What the order service knows; None until it has heard of the order."""
    async with _opened(settings, "order") as database:
        row = await database.fetchrow(STANDING, order_id)
        return None if row is None else Standing(*row)


async def read_notes(
    settings: Settings, service: str, order_id: str, said: Sequence[UUID]
) -> Notes:
    """What a service has written down, and which of the events that were `said` it has handled."""
    async with _opened(settings, service) as database:
        outbox = [_row(*row) for row in await database.fetch(OUTBOX, order_id.encode())]
        if service == "gateway":  # it hears nothing
            return Notes(outbox, (), (), frozenset())
        commands = await database.fetch(COMMANDS, order_id) if service in ASKING else ()
        letters = await database.fetch(LETTERS, order_id)
        handled = await database.fetch(INBOX, list(said))
    return Notes(
        outbox,
        [Asked(service, *row) for row in commands],
        [_letter(service, *row) for row in letters],
        frozenset(row[0] for row in handled),
    )


@asynccontextmanager
async def _opened(settings: Settings, service: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(settings, DATABASES[service])
    try:
        # One snapshot: what a transaction moves from one table to another is in one of them.
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close()


def _row(headers: str, since: datetime) -> Row:
    told = dict(json.loads(headers))
    return Row(told.get("ce_id", ""), _name(told.get("ce_type")), since)


def _letter(service: str, number: int, headers: str, origin: str, *rest: Any) -> Letter:
    return Letter(service, number, _fact(headers, origin), *rest)


def _fact(headers: str, origin: str) -> str:
    """What a letter holds: an event by its header, all else by where it comes from."""
    kind, said, name = origin.partition(":")
    if said and kind in ("local", "command"):
        return name
    return _name(dict(json.loads(headers)).get("ce_type"))


def _name(type_name: str | None) -> str:
    """`PaymentAuthorized` of `orderstream.PaymentAuthorized.v1`."""
    parts = (type_name or "").split(".")
    return parts[1] if len(parts) > 1 else "a record without a type"
