"""Running a service's worker: hears, handles, relays and asks, until it is told to stop."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
import uvloop
from servicekit import ServiceSettings, configure_logging

from messaging.app import Agent
from messaging.buffer import Buffer
from messaging.commands import Commands
from messaging.ending import end_abruptly, stop_on_signals
from messaging.parts import opened
from messaging.work import UnitOfWork

log = structlog.get_logger(__name__)

STOP_TIMEOUT_S = 8

Chore = Callable[[asyncpg.Pool, Buffer], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The outside world of a service: its commands, and how to open the client that runs them."""

    commands: Commands[Any]
    connect: Callable[[], AbstractAsyncContextManager[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Everything that makes up a worker. `chores` run beside it, each until cancelled."""

    settings: ServiceSettings
    agent: Agent
    work_type: type[UnitOfWork[Any]]
    outside: Outside | None = None
    chores: tuple[Chore, ...] = field(default=())

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C; anything unexpected ends the process with exit code 1."""
        configure_logging(self.agent.handlers.service, self.settings)
        # As a policy and not only for this loop: Faust runs its consumer in a thread of its own.
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        asyncio.run(self._run())

    async def _run(self) -> None:
        stopping = stop_on_signals()
        async with opened(self) as tasks:
            await self._start_hearing()
            log.info("ready", topics=[topic.name for topic in self.agent.handlers.topics])
            crashed = asyncio.create_task(self.agent.app.wait_until_stopped())
            stop = asyncio.create_task(stopping.wait())
            await asyncio.wait({*tasks, crashed, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not stopping.is_set():
                end_abruptly({*tasks, crashed})
            log.info("stopping")
            stop.cancel()
            await self._stop_hearing(tasks)
            crashed.cancel()

    async def _start_hearing(self) -> None:
        app = self.agent.app
        app.finalize()
        await app.start()
        # Faust's monitor keeps statistics of every event; nobody reads them.
        app.sensors.remove(app.monitor)

    async def _stop_hearing(self, tasks: set[asyncio.Task[None]]) -> None:
        """Let what was heard be handled and acknowledged, but not for ever."""
        # Faust's stop may swallow a cancellation and wait on, so nothing here relies on one.
        stop = asyncio.create_task(self.agent.app.stop())
        done, _ = await asyncio.wait({stop}, timeout=STOP_TIMEOUT_S)
        if stop in done:
            stop.result()
            return
        log.warning("not everything that was heard could be handled; it will be heard again")
        end_abruptly(tasks)
