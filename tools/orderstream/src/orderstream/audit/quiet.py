"""Waiting until nothing is on its way any more, without reading the books over and over."""

import asyncio
from dataclasses import astuple, dataclass

import asyncpg
from aiokafka.errors import KafkaError
from reading import Consumer

from orderstream.audit.acknowledged import read_acknowledged
from orderstream.audit.failure import CannotAuditError
from orderstream.audit.heard import HEARD
from orderstream.audit.loading import deadline
from orderstream.audit.topics import Offsets, consumer_of_all, read_ends
from orderstream.audit.waiting import GRACE
from orderstream.platform import DATABASES, System, connect

LOOK_EVERY_S = 0.5
LEFT = "SELECT count(*) FROM {table}"
OPEN = """
    SELECT count(*) FROM orders
    WHERE final_at IS NULL AND status <> 'held' AND placed_at > now() - make_interval(secs => $1)
"""
FOLLOWED = tuple({(service, event.topic.name) for service in HEARD for event in HEARD[service]})


@dataclass(frozen=True, slots=True)
class Motion:
    """What is on its way: records not published, calls not answered, orders not ended, events not heard."""

    outboxes: int
    commands: int
    open_orders: int
    unheard: int

    @property
    def is_over(self) -> bool:
        """Whether there is none."""
        return not any(astuple(self))


async def wait_until_quiet(system: System, seconds: float) -> None:
    """Return once nothing moves, or when the time is up; what is left then, the books will tell.

    Something may be between two places that are looked at one after the other, so two looks must
    find nothing, and no new record between them. A store that is away is waited for.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await _was_seen_quiet(system):
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        return


async def _was_seen_quiet(system: System) -> bool:
    """Look until nothing moves; False if a store went away meanwhile."""
    consumer = consumer_of_all(system.settings.kafka_bootstrap, "latest")
    try:
        await consumer.start()
        before: Offsets | None = None
        while True:
            motion, ends = await _look(system, consumer)
            if motion.is_over and ends == before:
                return True
            before = ends if motion.is_over else None
            await asyncio.sleep(LOOK_EVERY_S)
    except (CannotAuditError, KafkaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    finally:
        await consumer.stop()


async def _look(system: System, consumer: Consumer) -> tuple[Motion, Offsets]:
    outboxes = sum([await _count(system, service, "outbox") for service in DATABASES])
    callers = ("payment", "shipping", "notifier")
    commands = sum([await _count(system, service, "commands") for service in callers])
    open_orders = await _open_orders(system)
    acknowledged = await read_acknowledged(system.settings.kafka_bootstrap)
    ends = await read_ends(consumer)
    unheard = sum(
        end - max(0, acknowledged.get((service, place.topic, place.partition), 0))
        for service, topic in FOLLOWED
        for place, end in ends.items()
        if place.topic == topic
    )
    return Motion(outboxes, commands, open_orders, unheard), ends


async def _count(system: System, service: str, table: str) -> int:
    connection = await connect(system.settings, DATABASES[service])
    try:
        return int(await connection.fetchval(LEFT.format(table=table)))
    finally:
        await connection.close()


async def _open_orders(system: System) -> int:
    """Orders that may still end in time; one that is older, or held, will not become any quieter."""
    limit = (deadline(system) + GRACE).total_seconds()
    connection = await connect(system.settings, DATABASES["order"])
    try:
        return int(await connection.fetchval(OPEN, limit))
    finally:
        await connection.close()
