"""The command runner: makes the calls that handlers asked for, until each has an answer."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Generic, TypeVar

import asyncpg
import structlog
from fault_injection import crash_points
from servicekit import carrying, is_connection_error, log_about, run_every
from tracing import Attempt, TraceContext, attempting, use_trace

from messaging.commands.answers import RefusedError, TryAgainError, refused, words_of
from messaging.commands.store import LEASE_S, PendingCommand, claim, postpone, renew
from messaging.metrics import command_tries, timed_command
from messaging.model.buffer import Buffer
from messaging.model.commands import Commands
from messaging.model.delivery import Delivery
from messaging.model.facts import LocalFact
from messaging.model.hop import Hop, now_ms

log = structlog.get_logger(__name__)
O = TypeVar("O")  # noqa: E741  # the outside: whatever client the service calls with

MAX_IN_FLIGHT = 200
MEMORY_COMMANDS = 2_000
CLAIM_EVERY_S = 1.0
"""How often to look for what others left behind; what was postponed here is taken up when it is due."""
CLAIM_MORE_S = 0.25
BACKOFF_FIRST_S = 0.2
BACKOFF_MAX_S = 10.0
MANY = 16
"""Number of tries after which every delay is the longest."""
LEAST_TRIES = 5
"""Fewest tries, however old the command is: its worker may have been down for hours."""


class CommandExecutor(Generic[O]):
    """Executor of commands, right after their commit, a bounded number at a time.

    A command whose call fails is postponed with growing delay and tried again with the same key,
    by whichever instance claims it then. The answer goes into the buffer like anything else that
    the service is told; only its transaction strikes the command out. So does a final no, and the
    end of one that has been tried for `ask_for_s` seconds.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        commands: Commands[O],
        outside: O,
        buffer: Buffer,
        ask_for_s: float,
    ) -> None:
        self._pool = pool
        self._commands = commands
        self._outside = outside
        self._buffer = buffer
        self._ask_for_s = ask_for_s
        self._held: set[str] = set()
        self._waiting: deque[PendingCommand] = deque()
        self._arrived = asyncio.Event()
        self._slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._due = asyncio.Event()

    def feed(self, commands: Sequence[PendingCommand]) -> None:
        """Take over commands that were just committed; what memory may not hold is claimed later."""
        for pending in commands[: max(0, MEMORY_COMMANDS - len(self._held))]:
            if pending.command.key not in self._held:
                self._held.add(pending.command.key)
                self._waiting.append(pending)
        self._arrived.set()

    async def run(self) -> None:
        """Carry out commands until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_every(self._renew, LEASE_S / 3))
            tasks.create_task(run_every(self._claim, 0))
            while True:
                while not self._waiting:
                    self._arrived.clear()
                    await self._arrived.wait()
                await self._slots.acquire()
                tasks.create_task(self._try(self._waiting.popleft()))

    async def _try(self, pending: PendingCommand) -> None:
        with log_about(pending.log_keys):
            await self._carry_out(pending)

    async def _carry_out(self, pending: PendingCommand) -> None:
        command = pending.command
        attempt = Attempt(command.order_id, pending.attempts)
        crash_points.reach("before-call")
        try:
            with timed_command(command.kind()), _on_behalf_of(pending, attempt):
                answer: LocalFact = await self._commands.carry_out(command, self._outside)
            log.debug("command_answered", answer=type(answer).__name__, tries=pending.attempts + 1)
            crash_points.reach("after-answer")
            command_tries(command.kind(), "answered").inc()
        except RefusedError as no:
            log.warning("command_refused", reason=no.reason)
            command_tries(command.kind(), "refused").inc()
            answer = refused(command, no.reason)
        except Exception as error:
            command_tries(command.kind(), "failed").inc()
            await self._postpone(pending, error, attempt)
            return
        finally:
            self._slots.release()
        await self._tell(pending, answer, attempt)

    async def _tell(self, pending: PendingCommand, answer: LocalFact, attempt: Attempt) -> None:
        key, cause = pending.command.key, pending.cause
        if attempt.made is not None:
            cause = replace(cause, traceparent=attempt.made.traceparent)
        await self._buffer.put(
            Delivery(
                fact=answer,
                cause=cause,
                hop=Hop(now_ms(), asked_ms=pending.asked_ms, before=cause.waits),
                command_key=key,
                acknowledge=lambda: self._held.discard(key),
            )
        )

    async def _postpone(self, pending: PendingCommand, error: Exception, attempt: Attempt) -> None:
        """Try again later, or end it; should even noting that fail, the lease runs out first."""
        key, words = pending.command.key, words_of(error)
        delay_s = _delay_s(pending.attempts, error)
        log.warning(
            "command_postponed",
            tries=pending.attempts + 1,
            error=words,
            delay_s=round(delay_s, 2),
        )
        try:
            tried = await postpone(self._pool, key, delay_s, words)
        except Exception as lost:
            self._held.discard(key)
            if not is_connection_error(lost):
                raise
            return
        if tried is None or tried.times < LEAST_TRIES or tried.for_s < self._ask_for_s:
            self._held.discard(key)
            self._claim_in(delay_s)
            return
        log.error("command_timed_out", tries=tried.times, error=words)
        reason = f"unknown what was done, after {tried.times} tries in {tried.for_s:.0f} s: {words}"
        await self._tell(pending, refused(pending.command, reason, is_final=False), attempt)

    async def _renew(self) -> None:
        if self._held:
            await renew(self._pool, list(self._held))

    async def _claim(self) -> None:
        """Take up what is due, when something postponed here is, or after a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLAIM_EVERY_S):
                await self._due.wait()
        self._due.clear()
        # No more than `feed` will take: the rest would be leased and not worked on.
        room = min(MAX_IN_FLIGHT - len(self._waiting), MEMORY_COMMANDS - len(self._held))
        if room > 0:
            found = await claim(self._pool, self._commands, room, list(self._held))
            self.feed(found)
            if not found:
                return
        self._claim_in(CLAIM_MORE_S)

    def _claim_in(self, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._due.set)


@contextmanager
def _on_behalf_of(pending: PendingCommand, attempt: Attempt) -> Iterator[None]:
    """Let what is sent inside belong to the trace of what asked for it, and carry its baggage."""
    trace = TraceContext.parse(pending.cause.traceparent)
    with use_trace(trace), attempting(attempt), carrying(pending.cause.baggage):
        yield


def _delay_s(attempts: int, error: Exception) -> float:
    """Return how long to wait: longer with each try, and as long as the neighbour asks for."""
    delay_s = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(attempts, MANY))
    delay_s *= random.uniform(0.75, 1.25)  # noqa: S311  # jitter
    wanted_s = error.after_s if isinstance(error, TryAgainError) else None
    return max(delay_s, wanted_s or 0.0)
