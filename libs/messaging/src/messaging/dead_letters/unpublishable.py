"""What cannot be published: set aside like what cannot be handled, so that it blocks nothing else.

Its row goes from the outbox to the dead letters in one transaction. Redriven, it is a row of the
outbox again. The copy of a dead letter that no broker takes becomes a reference to it: the row in
the table has the whole.
"""

from collections.abc import Sequence

import asyncpg
import structlog
from events import DEAD_LETTERS, DeadLetterOutcome, Record, UndecodableRecordError, type_name_of
from events.wire import decode
from servicekit import Connection, run_every, storable

from messaging.dead_letters.actions import ASKED, settle
from messaging.dead_letters.events import dead_lettered, settled
from messaging.dead_letters.store import FACT_MAX, INSERT, OUTBOX, text_of
from messaging.model.delivery import MessageContext
from messaging.outbound.outbox import OutboxRow, dump_headers, load_headers, write_outbox
from messaging.outbound.relay import SetAside

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
COPY, PLACE = ".dead-letter", "x-"
"""How the topics of such copies end, and how the headers begin that say what is copied."""
TAKE = "DELETE FROM outbox WHERE position = $1 RETURNING position"


def set_aside_unpublishable(service: str) -> SetAside:
    """Give the relay of a service what to do with a row that no broker takes."""

    async def set_aside(connection: Connection, row: OutboxRow, reason: str) -> None:
        await _set_aside(connection, service, row, reason)

    return set_aside


async def _set_aside(connection: Connection, service: str, row: OutboxRow, reason: str) -> None:
    """Move a row from the outbox to the dead letters, with a notice to the order that it is about."""
    record = row.record
    async with connection.transaction():
        if await connection.fetchval(TAKE, row.position) is None:
            return  # another relay was quicker
        outgoing = [_reference(record)] if record.topic.endswith(COPY) else []
        if not outgoing:
            outgoing = await _store(connection, service, record, reason)
        await write_outbox(connection, [one for one in outgoing if one is not None])
    log.error("record_unpublishable", topic=record.topic, key=text_of(record.key), error=reason)


async def _store(
    connection: Connection, service: str, record: Record, reason: str
) -> list[Record | None]:
    letter = await connection.fetchval(
        INSERT,
        OUTBOX + record.topic,
        None,
        None,
        text_of(record.key),
        record.value,
        dump_headers(record.headers),
        storable(reason),
        None,
    )
    if record.topic == DEAD_LETTERS.name:
        return []  # a notice of a notice would breed more
    fact = storable(type_name_of(record.headers) or "")[:FACT_MAX]
    order_id = text_of(record.key)
    notice = dead_lettered(
        service, letter, _cause(record), order_id=order_id, fact=fact, error=reason
    )
    return [notice]


def _reference(record: Record) -> Record | None:
    """Return the copy without what is copied; None if it was no more than that already."""
    headers = [(name, value) for name, value in record.headers if name.startswith(PLACE)]
    if not record.value and len(headers) == len(record.headers):
        return None
    return Record(record.topic, b"", b"", headers)


def _cause(record: Record) -> MessageContext:
    try:
        return MessageContext.of(decode(record.headers, record.value))
    except UndecodableRecordError:
        return MessageContext(correlation_id="")


async def settle_unpublished(
    pool: asyncpg.Pool, service: str, rows: Sequence[asyncpg.Record]
) -> None:
    """Publish what these acts are about after all, or give it up; the relay finds what this writes."""
    for row in rows:
        async with pool.acquire() as connection, connection.transaction():
            await _settle(connection, service, row)


async def _settle(connection: Connection, service: str, row: asyncpg.Record) -> None:
    again = row["action"] == "redrive"
    outcome = DeadLetterOutcome.REDRIVEN if again else DeadLetterOutcome.DISCARDED
    if not await settle(connection, [row["action_id"]], outcome):
        return
    topic, key = row["origin"].removeprefix(OUTBOX), row["key"]
    headers = load_headers(row["headers"])
    records = [Record(topic, key.encode(), row["value"] or b"", headers)] if again else []
    notice = settled(service, row["id"], MessageContext(correlation_id=""), key, outcome)
    await write_outbox(connection, [*records, *([notice] if notice else [])])
    log.info("dead_letter_settled", outcome=str(outcome), letter=row["id"], origin=row["origin"])


class OutboxRedriver:
    """Redriver of a service that consumes nothing: all its letters were not published."""

    def __init__(self, pool: asyncpg.Pool, service: str) -> None:
        self._pool = pool
        self._service = service

    async def run(self) -> None:
        """Look until cancelled."""
        await run_every(self._look, LOOK_EVERY_S)

    async def _look(self) -> None:
        await settle_unpublished(self._pool, self._service, await self._pool.fetch(ASKED, []))
