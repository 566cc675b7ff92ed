"""The command runner: makes the calls that handlers asked for, until each has an answer."""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

import asyncpg
import structlog
from servicekit import carrying, is_connection_error

from messaging import crash_points
from messaging.answers import RefusedError, TryAgainError, words_of
from messaging.buffer import Buffer
from messaging.commands import Commands
from messaging.delivery import Delivery
from messaging.facts import LocalFact
from messaging.patience import repeat
from messaging.pending import LEASE_S, PendingCommand, claim, postpone, renew
from messaging.refusals import refused

log = structlog.get_logger(__name__)
O = TypeVar("O")  # noqa: E741  # the outside: whatever client the service calls with

MAX_IN_FLIGHT = 200
MEMORY_COMMANDS = 2_000
CLAIM_EVERY_S = 0.25
BACKOFF_FIRST_S = 0.2
BACKOFF_MAX_S = 10.0
MANY = 16
"""So many tries have the longest delay, whatever the first one is."""
LEAST_TRIES = 5
"""So often at least, however long ago it was asked: its worker may have been away for hours."""


class CommandRunner(Generic[O]):
    """Carries out commands right after their commit, a bounded number at a time.

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
            tasks.create_task(repeat(self._renew, LEASE_S / 3))
            tasks.create_task(repeat(self._claim, CLAIM_EVERY_S))
            while True:
                while not self._waiting:
                    self._arrived.clear()
                    await self._arrived.wait()
                await self._slots.acquire()
                tasks.create_task(self._carry_out(self._waiting.popleft()))

    async def _carry_out(self, pending: PendingCommand) -> None:
        command = pending.command
        crash_points.reach("before-call")
        try:
            with carrying(pending.cause.baggage):
                answer: LocalFact = await self._commands.carry_out(command, self._outside)
            crash_points.reach("after-answer")
        except RefusedError as no:
            log.warning("a final no", command=command.key, reason=no.reason)
            answer = refused(command, no.reason)
        except Exception as error:
            await self._postpone(pending, error)
            return
        finally:
            self._slots.release()
        await self._tell(pending, answer)

    async def _tell(self, pending: PendingCommand, answer: LocalFact) -> None:
        key = pending.command.key
        await self._buffer.put(
            Delivery(
                fact=answer,
                cause=pending.cause,
                command_key=key,
                acknowledge=lambda: self._held.discard(key),
            )
        )

    async def _postpone(self, pending: PendingCommand, error: Exception) -> None:
        """Try again later, or end it; should even noting that fail, the lease runs out first."""
        key, words = pending.command.key, words_of(error)
        delay_s = _delay_s(pending.attempts, error)
        log.warning(
            "no answer, trying again",
            command=key,
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
            return
        log.error("no answer for too long", command=key, tries=tried.times, error=words)
        reason = f"unknown what was done, after {tried.times} tries in {tried.for_s:.0f} s: {words}"
        await self._tell(pending, refused(pending.command, reason, is_final=False))

    async def _renew(self) -> None:
        if self._held:
            await renew(self._pool, list(self._held))

    async def _claim(self) -> None:
        # No more than `feed` will take: the rest would lie leased to nobody.
        room = min(MAX_IN_FLIGHT - len(self._waiting), MEMORY_COMMANDS - len(self._held))
        if room > 0:
            self.feed(await claim(self._pool, self._commands, room, list(self._held)))


def _delay_s(attempts: int, error: Exception) -> float:
    """How long to wait: longer with each try, and as long as the neighbour asks for."""
    delay_s = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(attempts, MANY))
    delay_s *= random.uniform(0.75, 1.25)  # noqa: S311  # jitter
    wanted_s = error.after_s if isinstance(error, TryAgainError) else None
    return max(delay_s, wanted_s or 0.0)
