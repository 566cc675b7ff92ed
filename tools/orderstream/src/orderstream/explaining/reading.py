"""Reading everything about one order from outside: topics, databases, groups, health."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError
from audit import CannotAuditError
from audit.books import Place
from audit.broker import read_acknowledged
from audit.listeners import CONSUMED_BY
from events import Envelope, OrderStatus, OrderStatusChanged
from stack import DATABASES, System
from stack.health import health

from orderstream.auditing import deadline_of
from orderstream.explaining.facts import (
    Notes,
    OrderFacts,
    Unhandled,
    Unpublished,
    read_notes,
    read_placed_at,
    read_standing,
)
from orderstream.following.records import OrderRecord, read_records
from orderstream.mishaps import read_mishaps

WELL = "ready"
LOOKS = 3
PAUSE_S = 0.3
MAILED = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED, OrderStatus.CANCELLED})
"""The statuses that customers get a mail about. Of the others their systems are told, if they like:
nothing waits for that.
"""


class CannotExplainError(RuntimeError):
    """Nothing can be told of the order; the message says why."""


async def read_facts(system: System, order_id: str) -> OrderFacts:
    """Return everything known of an order.

    What moves while one place is looked at after the other may be seen in none of them, so an open
    order of which nothing is seen is looked for again.

    Raises:
        CannotExplainError: no service knows the order, or the databases do not answer.
    """
    try:
        for _ in range(LOOKS - 1):
            facts = await _look(system, order_id)
            if facts.has_ended or facts.moves:
                return facts
            await asyncio.sleep(PAUSE_S)
        return await _look(system, order_id)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotExplainError(f"PostgreSQL does not answer: {error}") from error


async def _look(system: System, order_id: str) -> OrderFacts:
    settings = system.settings
    placed_at = await read_placed_at(settings, order_id)
    if placed_at is None:
        raise CannotExplainError(f"The order {order_id} is unknown: the gateway never accepted it")
    records, reached, unreadable = await _read_topics(settings.kafka_bootstrap, order_id)
    by_id = {one.envelope.id: (one, one.envelope) for one in records if one.envelope is not None}
    # The topics first: what a service has handled of them by now, its inbox holds.
    notes = {name: await read_notes(settings, name, order_id, [*by_id]) for name in DATABASES}
    standing = await read_standing(settings, order_id)
    answers = await health(system)
    return OrderFacts(
        order_id=order_id,
        now=datetime.now(UTC),
        placed_at=placed_at,
        deadline=placed_at + deadline_of(system),
        standing=standing,
        unpublished=[*_unpublished(notes, {str(event_id) for event_id in by_id})],
        unhandled=[*_unhandled(notes, by_id.values(), reached)],
        asked=[one for note in notes.values() for one in note.asked],
        letters=[one for note in notes.values() for one in note.letters],
        unwell={name: answer for name, answer in answers.items() if answer != WELL},
        unreadable=unreadable,
        mishaps=await read_mishaps(system, order_id, records),
    )


async def _read_topics(
    bootstrap: str, order_id: str
) -> tuple[list[OrderRecord], dict[Place, int], str | None]:
    """Return what was emitted about the order, how far each service has come, and why neither can be told."""
    try:
        records = [one for one in await read_records(bootstrap, order_id) if not one.is_dead_letter]
        return records, await read_acknowledged(bootstrap), None
    except (KafkaError, CannotAuditError) as error:
        return [], {}, str(error)


def _unpublished(notes: Mapping[str, Notes], on_topics: set[str]) -> Iterable[Unpublished]:
    """Yield what waits in outboxes; what was published a moment ago may still have its row."""
    for service, note in notes.items():
        for row in note.outbox:
            if row.event_id not in on_topics:
                yield Unpublished(service, row.event, row.since)


def _unhandled(
    notes: Mapping[str, Notes],
    records: Iterable[tuple[OrderRecord, Envelope]],
    reached: Mapping[Place, int],
) -> Iterable[Unhandled]:
    for record, envelope in records:
        for service in _listeners(envelope.event):
            if envelope.id not in notes[service].handled:
                place = (service, record.topic, record.partition)
                before = max(0, record.offset - max(0, reached.get(place, 0)))
                name = type(envelope.event).__name__
                yield Unhandled(service, name, envelope.source, envelope.time, before)


def _listeners(event: Any) -> list[str]:
    if isinstance(event, OrderStatusChanged) and event.status not in MAILED:
        return []
    return [service for service, types in CONSUMED_BY.items() if isinstance(event, types)]
