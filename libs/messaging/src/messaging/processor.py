"""Load, decide, save: a batch of deliveries becomes one transaction."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import asyncpg
import structlog
from servicekit import Connection, is_connection_error

from messaging import crash_points, inbox
from messaging.dead_letters import bury
from messaging.delivery import Delivery
from messaging.handlers import Handlers
from messaging.outbox import OutboxRow, records_of, write_outbox
from messaging.pending import PendingCommand, settle, write_commands
from messaging.work import UnitOfWork

log = structlog.get_logger(__name__)
W = TypeVar("W", bound=UnitOfWork[Any])
RETRY_MAX_S = 5.0


@dataclass(frozen=True, slots=True)
class Committed:
    """What a transaction left to be done after its commit."""

    rows: list[OutboxRow]
    commands: list[PendingCommand]


class Processor(Generic[W]):
    """Handles batches for one service.

    `after_commit` is given what was written: rows for the relay, commands for their runner. Should
    the process die before it, both are found in their tables.
    """

    def __init__(
        self,
        handlers: Handlers[W],
        work_type: type[W],
        pool: asyncpg.Pool,
        after_commit: Callable[[Committed], None],
    ) -> None:
        self._handlers = handlers
        self._work_type = work_type
        self._pool = pool
        self._after_commit = after_commit

    async def process(self, batch: Sequence[Delivery]) -> None:
        """Handle every delivery of the batch, then acknowledge them in order.

        One that cannot be handled becomes a dead letter and the others go on without it. While the
        database is away the same batch is tried for ever: nothing is given up for that.
        """
        unreadable = [delivery for delivery in batch if delivery.error is not None]
        readable = [delivery for delivery in batch if delivery.fact is not None]
        for delivery in unreadable:
            await self._bury(delivery, delivery.error or ValueError("unreadable"))
        if readable:
            await self._handle(readable)
            crash_points.reach("before-acknowledge")
        for delivery in batch:
            delivery.acknowledge()

    async def _handle(self, batch: Sequence[Delivery]) -> None:
        """Handle a batch; if it fails, its halves, down to the delivery that is at fault."""
        try:
            await self._until_connected(lambda: self._transact(batch))
        except Exception as error:
            if len(batch) == 1:
                await self._bury(batch[0], error)
                return
            middle = len(batch) // 2
            await self._handle(batch[:middle])
            await self._handle(batch[middle:])

    async def _transact(self, batch: Sequence[Delivery]) -> None:
        async with self._pool.acquire() as connection:
            async with connection.transaction():
                fresh = await _admit(connection, batch)
                facts = [delivery.fact for delivery in fresh if delivery.fact is not None]
                if not facts:
                    return
                work = await self._work_type.load(connection, facts)
                for delivery in fresh:
                    if delivery.fact is not None:
                        work.cause = delivery.cause
                        self._handlers.handle(delivery.fact, work)
                await work.save(connection)
                crash_points.reach("between-inbox-and-outbox")
                rows = await write_outbox(connection, records_of(work.emitted))
                commands = await write_commands(connection, work.asked)
            self._after_commit(Committed(rows, commands))

    async def _bury(self, delivery: Delivery, error: Exception) -> None:
        async def transact() -> None:
            async with self._pool.acquire() as connection:
                async with connection.transaction():
                    if not await _admit(connection, [delivery]):
                        return
                    record = await bury(connection, self._handlers.service, delivery, error)
                    rows = await write_outbox(connection, [record] if record else [])
                self._after_commit(Committed(rows, []))

        log.error("dead letter", fact=type(delivery.fact).__name__, error=repr(error))
        await self._until_connected(transact)

    async def _until_connected(self, transact: Callable[[], Any]) -> None:
        """Repeat a transaction until the database takes it or refuses its data."""
        delay = 0.05
        while True:
            try:
                await transact()
            except Exception as error:
                if not is_connection_error(error):
                    raise
                log.warning("database away, trying again", error=repr(error), delay_s=delay)
                await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
                delay = min(RETRY_MAX_S, delay * 2)
            else:
                return


async def _admit(connection: Connection, batch: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries that were not handled before, each once, in order; notes them as handled."""
    events = await inbox.admit(connection, (d.event_id for d in batch if d.event_id is not None))
    answers = await settle(connection, [d.command_key for d in batch if d.command_key is not None])
    fresh = []
    for delivery in batch:
        if delivery.event_id is not None:
            if delivery.event_id not in events:
                continue
            events.discard(delivery.event_id)
        elif delivery.command_key is not None:
            if delivery.command_key not in answers:
                continue
            answers.discard(delivery.command_key)
        fresh.append(delivery)
    return fresh
