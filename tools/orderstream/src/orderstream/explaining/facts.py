"""What is known of one order at one moment, and what each service's own database holds of it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from stack import DATABASES, Settings, connect

from orderstream.mishaps import Mishaps


@dataclass(frozen=True, slots=True)
class Standing:
    """What the order service has written down; `since` is when its status last changed."""

    status: str
    reason: str | None
    since: datetime
    payment: str | None
    stock: str | None
    shipment: str | None
    stopping: bool
    overdue: bool
    cancellation_refused: bool
    tracking_code: str | None
    final_at: datetime | None

    @property
    def is_being_cancelled(self) -> bool:
        """Whether it is decided that the order ends as cancelled; what is left is to settle it."""
        return (
            self.shipment == "cancelled"
            or self.stock in ("rejected", "released")
            or self.payment == "voided"
        )


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A service has emitted something, and the broker does not have it yet."""

    service: str
    event: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Unhandled:
    """An event is on its topic, and a service that acts on it has not handled it yet.

    `before` counts the records of its partition that the service has to get through first.
    """

    service: str
    event: str
    emitted_by: str
    since: datetime
    before: int


@dataclass(frozen=True, slots=True)
class RequestedCommand:
    """A service has asked something of the outside world and has no answer yet."""

    service: str
    command: str
    since: datetime
    failures: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Something about the order that a service could not handle; no operator has settled it yet."""

    service: str
    number: int
    fact: str
    error: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything that the explanation of one order is made of.

    `standing` is None until the order service has learned of the order. `unwell` are the processes
    that are not ready, with what is wrong. `unreadable` says why the topics could not be read; then
    nothing is known of what is unhandled. `mishaps` tells how it has fared so far.
    """

    order_id: str
    now: datetime
    placed_at: datetime
    deadline: datetime
    standing: Standing | None
    unpublished: Sequence[Unpublished] = ()
    unhandled: Sequence[Unhandled] = ()
    asked: Sequence[RequestedCommand] = ()
    letters: Sequence[Letter] = ()
    unwell: Mapping[str, str] = field(default_factory=dict)
    unreadable: str | None = None
    mishaps: Mishaps | None = None

    @property
    def has_ended(self) -> bool:
        """Whether its status will not change any more."""
        return self.standing is not None and self.standing.final_at is not None

    @property
    def moves(self) -> bool:
        """Whether anything of it is on its way, or set aside."""
        return any((self.unpublished, self.unhandled, self.asked, self.letters))


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
    """What one service has written down about the order; `handled` are the events it has consumed."""

    outbox: Sequence[Row]
    asked: Sequence[RequestedCommand]
    letters: Sequence[Letter]
    handled: frozenset[UUID]


async def read_placed_at(settings: Settings, order_id: str) -> datetime | None:
    """Return when the gateway accepted the order; None if it never did."""
    async with _opened(settings, "gateway") as database:
        placed_at: datetime | None = await database.fetchval(ACCEPTED, order_id)
        return placed_at


async def read_standing(settings: Settings, order_id: str) -> Standing | None:
    """Return what the order service knows; None until it has learned of the order."""
    async with _opened(settings, "order") as database:
        row = await database.fetchrow(STANDING, order_id)
        return None if row is None else Standing(*row)


async def read_notes(
    settings: Settings, service: str, order_id: str, emitted: Sequence[UUID]
) -> Notes:
    """Return what a service has written down, and which of the events that were `emitted` it has handled."""
    async with _opened(settings, service) as database:
        outbox = [_row(*row) for row in await database.fetch(OUTBOX, order_id.encode())]
        if service == "gateway":  # it has no inbox: it only reads
            return Notes(outbox, (), (), frozenset())
        commands = await database.fetch(COMMANDS, order_id) if service in ASKING else ()
        letters = await database.fetch(LETTERS, order_id)
        handled = await database.fetch(INBOX, list(emitted))
    return Notes(
        outbox,
        [RequestedCommand(service, *row) for row in commands],
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
    """Return what a letter holds: an event by its header, all else by where it comes from."""
    kind, said, name = origin.partition(":")
    if said and kind in ("local", "command"):
        return name
    return _name(dict(json.loads(headers)).get("ce_type"))


def _name(type_name: str | None) -> str:
    """`PaymentAuthorized` of `orderstream.PaymentAuthorized.v1`."""
    parts = (type_name or "").split(".")
    return parts[1] if len(parts) > 1 else "a record without a type"
