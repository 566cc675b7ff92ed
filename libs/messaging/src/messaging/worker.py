"""Running a service's worker: hears, handles, relays and asks, until it is told to stop."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import faust
import structlog
import uvloop
from servicekit import ProcessSettings, ServiceSettings, configure_logging

from messaging.app import Agent
from messaging.buffer import Buffer
from messaging.commands import Commands
from messaging.ending import end_abruptly, leave_on_signals, stop_on_signals
from messaging.parts import Running, opened
from messaging.work import UnitOfWork

log = structlog.get_logger(__name__)

STOP_TIMEOUT_S = 8

Chore = Callable[[asyncpg.Pool, Buffer], Coroutine[Any, Any, None]]
Parts = Callable[[], AbstractAsyncContextManager[Running]]
"""Opens what runs beside an agent; gives the tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The outside world of a service: its commands, and how to open the client that runs them.

    A command without an answer is tried for `ask_for_s` seconds.
    """

    commands: Commands[Any]
    connect: Callable[[], AbstractAsyncContextManager[Any]]
    ask_for_s: float


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
        run_agent(self.agent, self.settings, lambda: opened(self))


def run_agent(agent: Agent, settings: ProcessSettings, parts: Parts) -> None:
    """Let an agent hear, with its `parts` beside it, until SIGTERM or Ctrl-C.

    Anything unexpected ends the process with exit code 1.
    """
    configure_logging(agent.handlers.service, settings)
    # As a policy and not only for this loop: Faust runs its consumer in a thread of its own.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(_run(agent, parts))


async def _run(agent: Agent, parts: Parts) -> None:
    leave_on_signals()
    async with parts() as tasks:
        stopping = stop_on_signals()
        # A task like the others: one that never gets to hear is found out like one that goes deaf.
        hearing = asyncio.create_task(_hear(agent), name="hearing")
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({*tasks, hearing, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            end_abruptly({*tasks, hearing})
        log.info("stopping")
        stop.cancel()
        await _stop_hearing(agent.app, tasks)
        hearing.cancel()


async def _hear(agent: Agent) -> None:
    """Join the group, and hear until the application stops or crashes."""
    agent.app.finalize()
    await agent.app.start()
    # Faust's monitor keeps statistics of every event; nobody reads them.
    agent.app.sensors.remove(agent.app.monitor)
    log.info("ready", topics=agent.topics)
    await agent.app.wait_until_stopped()


async def _stop_hearing(app: faust.App, tasks: Running) -> None:
    """Let what was heard be handled and acknowledged, but not for ever."""
    # Faust's stop may swallow a cancellation and wait on, so nothing here relies on one.
    stop = asyncio.create_task(app.stop())
    done, _ = await asyncio.wait({stop}, timeout=STOP_TIMEOUT_S)
    if stop in done:
        stop.result()
        return
    log.warning("not everything that was heard could be handled; it will be heard again")
    end_abruptly(tasks)
