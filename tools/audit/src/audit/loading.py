"""Reads all books into volumes on disk, in an order in which what is read later can only be newer."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from client import LedgerEntry

from audit.books import Books
from audit.broker import (
    RecordReader,
    find_deserted,
    read_acknowledged,
    read_remembered,
    read_topics,
)
from audit.databases import (
    Shelved,
    read_extent,
    read_service,
    read_shelves,
    read_told,
    reading,
)
from audit.outside import read_intents, read_labels, read_mails
from audit.records import Product
from audit.target import Target
from audit.volumes import Volumes


@dataclass(frozen=True, slots=True)
class AllBooks:
    """Everything that was read: the volumes, and what is the same for each of them.

    `first` is what stands in the first volume alone, for it is about no order; `told` has what
    clients were told and what was accepted of it.
    """

    rows: Volumes
    each: Mapping[str, Any]
    first: Mapping[str, Any]
    told: Books | None

    def volumes(self) -> Iterator[Books]:
        """Give one volume after the other; each can be read once."""
        for number in range(self.rows.count):
            fields, inboxes = self.rows.read(number)
            first = self.first if number == 0 else {"shelved": {}}
            said: dict[str, Any] = {**fields, **self.each, **first}
            yield Books(inboxes=inboxes, **said)


async def read_books(
    target: Target, folder: Path, ledger: Sequence[LedgerEntry] | None = None
) -> AllBooks:
    """Read everything.

    What was acknowledged is read first: whatever was, is in an inbox read later. Then the order
    service, so that an order that has ended there has ended in everything that is read after it.
    Then the other services, the gateway after them so that no order is met that it had not
    accepted. The topics come last, for whatever a service has emitted by now is there.

    Raises:
        CannotAuditError: some book cannot be read.
    """
    taken_at = datetime.now(UTC)
    acknowledged = await read_acknowledged(target.kafka)
    orders, together = await read_extent(target)
    volumes = Volumes(folder, orders, together, target.first_order_id)
    await _read(target, "order", volumes)
    (products, shelved), _ = await asyncio.gather(
        _read_inventory(target, volumes),
        asyncio.gather(
            *(_read(target, name, volumes) for name in ("payment", "shipping", "notifier"))
        ),
    )
    told = await _read_gateway(target, volumes, ledger)
    await asyncio.gather(
        _take(volumes, "intents", read_intents(target)),
        _take(volumes, "labels", read_labels(target)),
        _take(volumes, "mails", read_mails(target)),
    )
    reader = await read_topics(target.kafka, volumes.add_event)
    _add_strays(volumes, reader)
    await asyncio.to_thread(volumes.put_together)
    unwell = await target.find_unwell()
    return AllBooks(
        volumes,
        each={
            "taken_at": taken_at,
            "deadline": target.deadline,
            "faults": reader.strays,
            "remembered": await read_remembered(target.kafka),
            "acknowledged": acknowledged,
            "absent": {**await find_deserted(target.kafka, target.groups), **unwell},
        },
        first={
            "products": products,
            "shelved": shelved,
            "unknown": reader.unknown,
            "repeats": volumes.repeats,
        },
        told=told,
    )


async def _read(target: Target, service: str, volumes: Volumes) -> None:
    async with reading(target, service) as connection:
        await read_service(target, service, volumes, connection)


async def _read_inventory(target: Target, volumes: Volumes) -> tuple[Sequence[Product], Shelved]:
    async with reading(target, "inventory") as connection:
        await read_service(target, "inventory", volumes, connection)
        return await read_shelves(connection)


async def _read_gateway(
    target: Target, volumes: Volumes, ledger: Sequence[LedgerEntry] | None
) -> Books | None:
    async with reading(target, "gateway") as connection:
        await read_service(target, "gateway", volumes, connection)
        if ledger is None:
            return None
        accepted, keys = await read_told(connection, ledger)
        return Books(ledger=ledger, accepted=accepted, keys=keys)


async def _take(volumes: Volumes, field: str, rows: AsyncIterator[Any]) -> None:
    async for row in rows:
        volumes.add(field, row)


def _add_strays(volumes: Volumes, reader: RecordReader) -> None:
    """Put a record that is no event where those who set it aside have their letters."""
    for stray in reader.strays:
        about = volumes.set_aside.get(stray)
        volumes.add_first("strays", stray, about)
        volumes.add_known(stray.id, about)
