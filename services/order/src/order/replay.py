"""Replay: the orders once more, from what the topics hold, into an empty database beside the live one.

Facts go through the real handlers in the real transactions. What those emit stays a row of a database without a relay, and is forgotten at the end: there is no producer here, no command executor and no client of an external system. An import contract keeps it so.
"""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import structlog
from aiokafka.structs import ConsumerRecord
from events import OrderOverdue, OrderPlaced
from messaging import Committed, ConsumedRecord, Delivery, Processor, decode_delivery, to_delivery
from servicekit import CannotStartError, open_pool
from servicekit.broker import wait_for_broker
from servicekit.database import wait_for_database

from order.handlers import DeadlinePassed, handlers
from order.log_reader import LogReader, Selection
from order.settings import ReplaySettings
from order.unit_of_work import OrderWork

log = structlog.get_logger(__name__)
HOLDS_SOMETHING = "SELECT EXISTS (SELECT FROM orders) OR EXISTS (SELECT FROM inbox)"
# The server's own workers come by as they like, such as the one that vacuums.
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LEAVES_WITHIN_S = 5
"""How long the server may show a connection that is closed, such as that of the migration before."""
LOOK_AGAIN_S = 0.1
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
        handled = await _rebuild(settings, pool)
        await pool.execute(FORGET)
    log.info("replayed", records=handled)


async def _rebuild(settings: ReplaySettings, pool: asyncpg.Pool) -> int:
    """Handle every fact about the selected orders; gives how many there were."""
    processor = Processor(handlers, OrderWork, pool, _publish_nothing)
    selection = Selection(settings.order_id, settings.since, settings.until)
    handled = 0
    async with LogReader.opened(
        settings.kafka_bootstrap, (*handlers.topics, OrderOverdue.topic), selection
    ) as log:
        async for batch in _deliveries(log):
            # However many in a row cannot be read: the live service has set them aside as well.
            await processor.process([one for one in batch if one.error], pardoned=True)
            held_back = await processor.process([one for one in batch if not one.error])
            if problem := await processor.breaker.check():
                raise CannotReplayError(problem)
            await processor.process(held_back, pardoned=True)
            handled += len(batch)
    return handled


async def _require_own(settings: ReplaySettings) -> None:
    """Make sure that this is no database at which a worker is, or was."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(settings.database_url)

    connection = await wait_for_database(connect, settings.database_url, settings.start_wait_s)
    try:
        if await connection.fetchval(HOLDS_SOMETHING):
            raise CannotReplayError("this database holds orders: a replay needs an empty one")
        await _wait_until_alone(connection)
    finally:
        await connection.close()


async def _wait_until_alone(connection: asyncpg.Connection) -> None:
    try:
        async with asyncio.timeout(LEAVES_WITHIN_S):
            while await connection.fetchval(OTHERS):
                await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        taken = "somebody else uses this database: a replay needs its own"
        raise CannotReplayError(taken) from None


async def _deliveries(log: LogReader) -> AsyncIterator[list[Delivery]]:
    """Yield every fact, in an order in which a timer finds what it found: an order that was open.

    Where an order stands does not depend on the order of the facts; only the timer looks at the
    state. That it rang, and counted, is what `OrderOverdue` says.
    """
    async for records in log.of(OrderPlaced.topic):
        yield [_fact(record) for record in records]
    async for records in log.of(OrderOverdue.topic):
        yield [timer for record in records if (timer := _timer(record)) is not None]
    rest = (topic for topic in handlers.topics if topic is not OrderPlaced.topic)
    async for records in log.of(*rest):
        yield [_fact(record) for record in records]


def _fact(record: ConsumerRecord) -> Delivery:
    return to_delivery(_consumed(record), handlers, _acknowledge)


def _timer(record: ConsumerRecord) -> Delivery | None:
    consumed = decode_delivery(_consumed(record), _acknowledge)
    if not isinstance(consumed.fact, OrderOverdue):
        return None
    fact = DeadlinePassed(order_id=consumed.fact.order_id)
    return Delivery(fact=fact, cause=consumed.cause, event_id=consumed.event_id)


def _consumed(record: ConsumerRecord) -> ConsumedRecord:
    place = (record.topic, record.partition, record.offset)
    return ConsumedRecord(*place, record.key, record.value, tuple(record.headers))


def _acknowledge() -> None:
    """Acknowledge nothing: no broker waits for it."""


def _publish_nothing(_: Committed) -> None:
    """Drop what was emitted and asked."""
