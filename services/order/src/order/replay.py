"""Replay: the orders once more, from what the topics hold, into an empty database beside the live one.

Facts go through the real handlers in the real transactions. What those say stays a row of a database
that nobody relays from, and is forgotten at the end: there is no producer here, no runner and
no client of anything outside. An import contract keeps it so.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import structlog
from aiokafka.structs import ConsumerRecord
from events import OrderOverdue, OrderPlaced
from messaging.delivery import Delivery, HeardRecord
from messaging.hearing import deliver, read
from messaging.processor import Committed, Processor
from servicekit import CannotStartError, open_pool
from servicekit.broker import wait_for_broker
from servicekit.database import wait_for_database

from order.handlers import DeadlinePassed, handlers
from order.past import Past, Selection
from order.settings import ReplaySettings
from order.unit_of_work import OrderWork

log = structlog.get_logger(__name__)
HOLDS_SOMETHING = "SELECT EXISTS (SELECT FROM orders) OR EXISTS (SELECT FROM inbox)"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
FORGET = "TRUNCATE outbox"


class CannotReplayError(CannotStartError):
    """The database is no place for a replay, or the facts cannot be handled."""


def run(settings: ReplaySettings) -> None:
    """Rebuild the orders that the settings select.

    Raises:
        CannotReplayError: the database is not empty, somebody else uses it, or one fact after the
            other cannot be handled.
    """
    asyncio.run(_run(settings))


async def _run(settings: ReplaySettings) -> None:
    await wait_for_broker(settings.kafka_bootstrap, settings.start_wait_s)
    await _require_own(settings)
    async with await open_pool(settings.database_url) as pool:
        heard = await _rebuild(settings, pool)
        await pool.execute(FORGET)
    log.info("replayed", records=heard)


async def _rebuild(settings: ReplaySettings, pool: asyncpg.Pool) -> int:
    """Handle every fact about the selected orders; gives how many there were."""
    processor = Processor(handlers, OrderWork, pool, _tell_nobody)
    selection = Selection(settings.order_id, settings.since, settings.until)
    heard = 0
    async with Past.opened(
        settings.kafka_bootstrap, (*handlers.topics, OrderOverdue.topic), selection
    ) as past:
        async for batch in _deliveries(past):
            # However many in a row cannot be read: the live service has set them aside as well.
            await processor.process([one for one in batch if one.error], pardoned=True)
            held_back = await processor.process([one for one in batch if not one.error])
            if problem := await processor.breaker.check():
                raise CannotReplayError(problem)
            await processor.process(held_back, pardoned=True)
            heard += len(batch)
    return heard


async def _require_own(settings: ReplaySettings) -> None:
    """Make sure that this is no database at which a worker is, or was."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(settings.database_url)

    connection = await wait_for_database(connect, settings.database_url, settings.start_wait_s)
    try:
        if await connection.fetchval(HOLDS_SOMETHING):
            raise CannotReplayError("this database holds orders: a replay needs an empty one")
        if await connection.fetchval(OTHERS):
            raise CannotReplayError("somebody else uses this database: a replay needs its own")
    finally:
        await connection.close()


async def _deliveries(past: Past) -> AsyncIterator[list[Delivery]]:
    """Every fact, in an order in which an alarm finds what it found: an order that was open.

    Where an order stands does not depend on the order of the facts; only the alarm looks at the
    state. That it rang, and counted, is what `OrderOverdue` says.
    """
    async for records in past.of(OrderPlaced.topic):
        yield [_fact(record) for record in records]
    async for records in past.of(OrderOverdue.topic):
        yield [alarm for record in records if (alarm := _alarm(record)) is not None]
    rest = (topic for topic in handlers.topics if topic is not OrderPlaced.topic)
    async for records in past.of(*rest):
        yield [_fact(record) for record in records]


def _fact(record: ConsumerRecord) -> Delivery:
    return deliver(_heard(record), handlers, _acknowledge)


def _alarm(record: ConsumerRecord) -> Delivery | None:
    said = read(_heard(record), _acknowledge)
    if not isinstance(said.fact, OrderOverdue):
        return None
    fact = DeadlinePassed(order_id=said.fact.order_id)
    return Delivery(fact=fact, cause=said.cause, event_id=said.event_id)


def _heard(record: ConsumerRecord) -> HeardRecord:
    place = (record.topic, record.partition, record.offset)
    return HeardRecord(*place, record.key, record.value, tuple(record.headers))


def _acknowledge() -> None:
    """Nobody waits for it."""


def _tell_nobody(_: Committed) -> None:
    """What was said and asked goes nowhere."""
