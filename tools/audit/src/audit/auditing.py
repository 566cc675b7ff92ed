"""The audit: wait until nothing is on its way if asked to, read everything, check every rule."""

import asyncio
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from aiokafka.errors import KafkaError
from client import LedgerEntry
from reading import Consumer, Offsets, read_ends

from audit.broker import open_all, read_acknowledged
from audit.databases import connect
from audit.listeners import CONSUMED_BY
from audit.loading import read_books
from audit.report import Report, judge_volumes
from audit.target import CannotAuditError, Target
from audit.waiting import GRACE

LOOK_EVERY_S = 0.5
LEFT = "SELECT count(*) FROM {table}"
OPEN = """
    SELECT count(*) FROM orders
    WHERE final_at IS NULL AND status <> 'held' AND placed_at > now() - make_interval(secs => $1)
"""
FOLLOWED = tuple(
    {(service, event.topic.name) for service in CONSUMED_BY for event in CONSUMED_BY[service]}
)


@dataclass(frozen=True, slots=True)
class Motion:
    """What is on its way: records not published, calls not answered, orders not ended, events not consumed."""

    outboxes: int
    commands: int
    open_orders: int
    unhandled: int

    @property
    def is_over(self) -> bool:
        """Whether there is none."""
        return not any(astuple(self))


async def wait_until_quiet(target: Target, seconds: float) -> None:
    """Return once nothing moves, or when the time is up; what is left then, the books will tell.

    Something may be between two places that are looked at one after the other, so two looks must
    find nothing, and no new record between them. An unavailable store is waited for.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await _was_seen_quiet(target):
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        return


async def _was_seen_quiet(target: Target) -> bool:
    """Look until nothing moves; False if a store became unavailable meanwhile."""
    try:
        async with open_all(target.kafka) as consumer:
            before: Offsets | None = None
            while True:
                motion, ends = await _look(target, consumer)
                if motion.is_over and ends == before:
                    return True
                before = ends if motion.is_over else None
                await asyncio.sleep(LOOK_EVERY_S)
    except (CannotAuditError, KafkaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


async def _look(target: Target, consumer: Consumer) -> tuple[Motion, Offsets]:
    outboxes = sum([await _count(target, service, "outbox") for service in target.databases])
    callers = ("payment", "shipping", "notifier")
    commands = sum([await _count(target, service, "commands") for service in callers])
    open_orders = await _open_orders(target)
    acknowledged = await read_acknowledged(target.kafka)
    ends = await read_ends(consumer)
    unhandled = sum(
        end - max(0, acknowledged.get((service, place.topic, place.partition), 0))
        for service, topic in FOLLOWED
        for place, end in ends.items()
        if place.topic == topic
    )
    return Motion(outboxes, commands, open_orders, unhandled), ends


async def _count(target: Target, service: str, table: str) -> int:
    connection = await connect(target, service)
    try:
        return int(await connection.fetchval(LEFT.format(table=table)))
    finally:
        await connection.close()


async def _open_orders(target: Target) -> int:
    """Orders that may still end in time; one that is older, or held, will not become any quieter."""
    limit = (target.deadline + GRACE).total_seconds()
    connection = await connect(target, "order")
    try:
        return int(await connection.fetchval(OPEN, limit))
    finally:
        await connection.close()


async def audit(
    target: Target, *, ledger: Sequence[LedgerEntry] | None = None, wait_s: float = 0
) -> Report:
    """Check the books of a running system.

    With `wait_s` it first waits until nothing is on its way, at most for so many seconds. A `ledger`
    of what clients were told is compared with what the shop has.

    Raises:
        CannotAuditError: some book cannot be read.
    """
    if wait_s > 0:
        await wait_until_quiet(target, wait_s)
    return await read_and_judge(target, ledger, waited=wait_s > 0)


async def read_and_judge(
    target: Target, ledger: Sequence[LedgerEntry] | None = None, *, waited: bool = False
) -> Report:
    """Read everything and check every rule.

    Raises:
        CannotAuditError: some book cannot be read, for whatever reason: there is no verdict.
    """
    try:
        with TemporaryDirectory(prefix="orderstream-audit-") as folder:
            books = await read_books(target, Path(folder), ledger)
            return await asyncio.to_thread(
                judge_volumes, books.volumes(), books.told, waited=waited
            )
    except CannotAuditError:
        raise
    except Exception as error:
        # Books may hold anything; an auditor that stumbles over it must not look like one that judged.
        raise CannotAuditError(f"the books cannot be read: {error!r}") from error
