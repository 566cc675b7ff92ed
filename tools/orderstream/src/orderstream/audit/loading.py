"""Reading all books in an order in which what is read later can only be newer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orderstream.audit.absent import find_absent
from orderstream.audit.acknowledged import read_acknowledged
from orderstream.audit.books import Books
from orderstream.audit.databases import ServiceBooks, read_service
from orderstream.audit.outside import read_intents, read_labels, read_mails
from orderstream.audit.records import LedgerEntry
from orderstream.audit.remembered import read_remembered
from orderstream.audit.topics import read_topics
from orderstream.platform import System

DEADLINE_S = 300.0
"""What the order service uses unless `DEADLINE_S` says otherwise."""


async def load_books(system: System, ledger: Sequence[LedgerEntry] | None = None) -> Books:
    """Read everything.

    What was acknowledged is read first: whatever was, is in an inbox read later. Then the order
    service, so that an order that has ended there has ended in everything that is read after it.
    Then the other services, the gateway after them so that no order is met that it had not
    accepted. The topics come last, for whatever a service has said by now is there.

    Raises:
        CannotAuditError: some book cannot be read.
    """
    settings = system.settings
    taken_at = datetime.now(UTC)
    acknowledged = await read_acknowledged(settings.kafka_bootstrap)
    services = {"order": await read_service(settings, "order")}
    others = ("payment", "inventory", "shipping", "notifier")
    read = await asyncio.gather(*(read_service(settings, name) for name in others))
    services |= dict(zip(others, read, strict=True))
    services["gateway"] = await read_service(settings, "gateway")
    intents, labels, mails = await asyncio.gather(
        read_intents(system), read_labels(system), read_mails(system)
    )
    said = await read_topics(settings.kafka_bootstrap)
    absent = await find_absent(system)
    return Books(
        taken_at=taken_at,
        deadline=deadline(system),
        intents=intents,
        labels=labels,
        mails=mails,
        events=tuple(said.events.values()),
        status_changes=said.status_changes,
        notices=said.notices,
        strays=tuple(said.strays),
        faults=said.strays,
        unknown=said.unknown,
        repeats=said.repeats.total(),
        remembered=await read_remembered(settings.kafka_bootstrap),
        acknowledged=acknowledged,
        absent=absent,
        ledger=ledger,
        **_of_services(services),
    )


def deadline(system: System) -> timedelta:
    """How long an order may take in this system."""
    workers = (one.environment for one in system.processes if one.name == "order-worker")
    environment = next(workers, {})
    return timedelta(seconds=float(environment.get("DEADLINE_S", DEADLINE_S)))


def _of_services(services: dict[str, ServiceBooks]) -> dict[str, Any]:
    read = services.values()
    return {
        **{field: rows for one in read for field, rows in one.own.items()},
        "pending": [left for one in read for left in one.pending],
        "dead_letters": [letter for one in read for letter in one.dead_letters],
        "inboxes": {name: one.inbox for name, one in services.items() if one.inbox is not None},
    }
