"""Load, decide, save: a batch of deliveries becomes one transaction."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import asyncpg
import structlog
from events import Record
from fault_injection import FaultInjector, PlannedFaultError, crash_points
from servicekit import Connection, is_connection_error, log_about
from tracing import ended_together

from messaging.commands.store import PendingCommand, write_commands
from messaging.dead_letters.actions import note_failure
from messaging.dead_letters.events import settled
from messaging.dead_letters.refused_commands import set_refused_aside
from messaging.dead_letters.store import store_dead_letter
from messaging.inbound.breaker import LET_GO_AT_ONCE, Breaker, HeldBack
from messaging.inbound.counting import BatchClock, count_repeats, source_of
from messaging.inbound.deduplication import admit
from messaging.inbound.spans import BatchSpans
from messaging.metrics import events_handled
from messaging.model.buffer import MAX_BATCH, Buffer
from messaging.model.delivery import Delivery, Fact
from messaging.model.handlers import Handlers
from messaging.model.lifecycle import IllegalTransitionError
from messaging.model.unit_of_work import UnitOfWork
from messaging.outbound.outbox import OutboxRow, records_of, write_outbox

log = structlog.get_logger(__name__)
W = TypeVar("W", bound=UnitOfWork[Any])
RETRY_MAX_S = 5.0
PROBE_EVERY_S = 1.0
PROBE_SIZE = 20
"""While the breaker is open, so many are tried at a time: enough to meet one that can be handled."""


def _nothing() -> None:
    """Note nothing."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Work that a transaction left to be done after its commit; `note` counts what it has done."""

    rows: list[OutboxRow]
    commands: list[PendingCommand]
    note: Callable[[], None] = _nothing


class Processor(Generic[W]):
    """Handling of batches for one service.

    `after_commit` is given what was written: rows for the relay, commands for their runner. Should
    the process die before it, both are found in their tables. `finished` counts the deliveries that
    it is done with, `repeats` those among them that the inbox had forgotten and that said what was so
    already; `waits_for` names what keeps it from going on. `faults` strike whoever asked
    for them.
    """

    def __init__(
        self,
        handlers: Handlers[W],
        work_type: type[W],
        pool: asyncpg.Pool,
        after_commit: Callable[[Committed], None],
        faults: FaultInjector | None = None,
    ) -> None:
        self._handlers = handlers
        self._work_type = work_type
        self._pool = pool
        self._after_commit = after_commit
        self._faults = faults
        self.breaker = Breaker()
        self.finished = self.repeats = 0
        self._held = HeldBack()
        self._told_to_let_go = False
        self.database_away = False

    @property
    def waits_for(self) -> str | None:
        """Why nothing gets finished, where it is not for want of trying."""
        if self.breaker.is_open:
            return "the breaker"
        return "the database" if self.database_away else None

    async def run(self, buffer: Buffer) -> None:
        """Handle what gathers in the buffer, until cancelled.

        While the breaker is open there is always room for what arrives, and the first success closes
        it: what was held back until then is an exception, and is handled or set aside.
        """
        while True:
            if self._told_to_let_go:
                self._told_to_let_go = False
                self.breaker.reset()
            if self.breaker.is_open:
                await self._probe(buffer)
            elif self._held:
                await self.process(self._held.take(MAX_BATCH), pardoned=True)
            else:
                self._held.keep(await self.process(await buffer.take()))

    def let_go(self) -> int:
        """Try all that is held back once more, and set aside what still cannot be handled.

        Gives how much that is; the worker goes on, and starts counting again.
        """
        if not self.breaker.is_open:
            return 0
        self._told_to_let_go = True
        return len(self._held)

    async def process(self, batch: Sequence[Delivery], *, pardoned: bool = False) -> list[Delivery]:
        """Handle every delivery of the batch, then acknowledge them in order.

        One that cannot be handled becomes a dead letter and the others go on without it; while the
        breaker is open it is given back instead, not acknowledged. `pardoned`, it does not count for
        the breaker. While the database is unavailable the same batch is retried without end: nothing is given up for that.
        """
        readable = [delivery for delivery in batch if delivery.fact is not None]
        held_back: list[Delivery] | None = None if pardoned else []
        for delivery in batch:
            if delivery.error is not None:
                await self._fail(delivery, delivery.error, held_back)
        if readable:
            await self._handle(readable, held_back)
            crash_points.reach("before-acknowledge")
        kept = {id(delivery) for delivery in held_back or ()}
        for delivery in batch:
            if id(delivery) not in kept:
                delivery.acknowledge()
                self.finished += 1
        return held_back or []

    async def _probe(self, buffer: Buffer) -> None:
        """Try what arrives, and in turns what is held back; of what is too much the oldest has to go."""
        await asyncio.sleep(PROBE_EVERY_S)
        arrived = buffer.take_waiting(LET_GO_AT_ONCE if self._held.is_full else MAX_BATCH)
        hopeful = [delivery for delivery in arrived if delivery.fact is not None]
        tried, later = hopeful[:PROBE_SIZE], hopeful[PROBE_SIZE:]
        again = self._held.take(PROBE_SIZE - len(tried))
        tried += [delivery for delivery in again if delivery.fact is not None]
        # What cannot be read today cannot be read tomorrow: it is not tried again.
        self._held.keep([*later, *(delivery for delivery in again if delivery.fact is None)])
        hopeless = [delivery for delivery in arrived if delivery.fact is None]
        self._held.keep(await self.process([*hopeless, *tried]))
        if surplus := self._held.take_surplus():
            await self.process(surplus, pardoned=True)

    async def _handle(self, batch: Sequence[Delivery], held_back: list[Delivery] | None) -> None:
        """Handle a batch; if it fails, its halves, down to the delivery that is at fault."""
        try:
            await self._until_connected(lambda: self._transact(batch))
        except Exception as error:
            if len(batch) == 1:
                await self._fail(batch[0], error, held_back)
                return
            middle = len(batch) // 2
            await self._handle(batch[:middle], held_back)
            await self._handle(batch[middle:], held_back)

    async def _transact(self, batch: Sequence[Delivery]) -> None:
        async with self._pool.acquire() as connection:
            with ended_together():
                async with connection.transaction():
                    clock = BatchClock()
                    fresh = await admit(connection, batch)
                    if not any(delivery.fact for delivery in fresh):
                        count_repeats(batch, fresh)
                        return
                    clock.done("admit")
                    committed = await self._carry_out(connection, fresh, clock)
            clock.committed(batch, fresh)
            committed.note()
            self.breaker.succeeded()
            if self._faults is not None:
                self._faults.after_commit((one.fact, one.cause.baggage) for one in fresh)
            self._after_commit(committed)

    async def _carry_out(
        self, connection: Connection, fresh: Sequence[Delivery], clock: BatchClock
    ) -> Committed:
        """Load, decide, save, and write down what is to be done after the commit."""
        facts = [delivery.fact for delivery in fresh if delivery.fact is not None]
        work = await self._work_type.load(connection, facts)
        work.now = datetime.now(UTC)  # what was loaded may have waited for its locks
        clock.loaded()
        spans = BatchSpans(self._handlers.service, len(facts))
        fresh = [replace(delivery, cause=spans.follow(delivery)) for delivery in fresh]
        for delivery in fresh:
            if delivery.fact is not None:
                work.cause = delivery.cause
                with log_about(delivery.log_keys):
                    if self._faults is not None and delivery.redrive is None:
                        self._faults.before_handling(delivery.fact, delivery.cause.baggage)
                    self._decide(delivery.fact, work)
        clock.done("handle")
        await work.save(connection)
        crash_points.reach("between-inbox-and-outbox")
        records = records_of(work.emitted) + self._settled(fresh)
        records += await set_refused_aside(connection, self._handlers.service, fresh)
        rows = await write_outbox(connection, records)
        commands = await write_commands(connection, work.asked)
        clock.done("save")
        return Committed(rows, commands, work.note_committed)

    def _decide(self, fact: Fact, work: W) -> None:
        """Let the fact's handler decide; what it was told before, and says again, is passed over."""
        before = (len(work.emitted), len(work.asked))
        try:
            self._handlers.handle(fact, work)
            log.debug("fact_handled")
        except IllegalTransitionError as error:
            if not error.is_repeat or before != (len(work.emitted), len(work.asked)):
                raise
            self.repeats += 1
            log.info("repeat_skipped", because=str(error))

    def _settled(self, fresh: Sequence[Delivery]) -> list[Record]:
        """Return the notices of the dead letters among these, which are none any more."""
        notices = [
            settled(
                self._handlers.service,
                delivery.redrive.letter,
                delivery.cause,
                getattr(delivery.fact, "order_id", ""),
                delivery.redrive.outcome,
            )
            for delivery in fresh
            if delivery.redrive is not None
        ]
        return [notice for notice in notices if notice is not None]

    async def _fail(
        self, delivery: Delivery, error: Exception, held_back: list[Delivery] | None
    ) -> None:
        """Set aside what cannot be handled, or hold it back if nothing can be."""
        counts = delivery.redrive is None and not isinstance(error, PlannedFaultError)
        with log_about(delivery.log_keys):
            if counts and held_back is not None:
                self.breaker.failed(error)
                if self.breaker.is_open:
                    held_back.append(delivery)
                    return
            await self._set_aside(delivery, error)

    async def _set_aside(self, delivery: Delivery, error: Exception) -> None:
        log.error("dead_letter_stored", error=repr(error))
        await self._until_connected(lambda: self._store(delivery, error))

    async def _store(self, delivery: Delivery, error: Exception) -> None:
        service = self._handlers.service
        async with self._pool.acquire() as connection:
            with ended_together():
                async with connection.transaction():
                    if delivery.redrive is not None:
                        await note_failure(connection, delivery.redrive, error)
                        return
                    if not await admit(connection, [delivery]):
                        return
                    cause = BatchSpans(service, 1).follow(delivery, error)
                    failed = replace(delivery, cause=cause)
                    records = await store_dead_letter(connection, service, failed, error)
                    rows = await write_outbox(connection, records)
            events_handled(source_of(delivery), "dead_letter").inc()
            self._after_commit(Committed(rows, []))

    async def _until_connected(self, transact: Callable[[], Any]) -> None:
        """Repeat a transaction until the database takes it or refuses its data."""
        delay = 0.05
        while True:
            try:
                await transact()
            except Exception as error:
                if not is_connection_error(error):
                    raise
                self.database_away = True
                log.warning("database_unavailable", error=repr(error), delay_s=delay)
                await asyncio.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311  # jitter
                delay = min(RETRY_MAX_S, delay * 2)
            else:
                self.database_away = False
                return
