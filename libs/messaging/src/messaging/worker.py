"""Running a service's worker: hears, handles, relays and asks, until it is told to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
import uvloop
from servicekit import (
    Health,
    ServiceSettings,
    configure_logging,
    database_check,
    kafka_check,
    open_pool,
    serve_health,
)
from servicekit.broker import wait_for_broker

from messaging import crash_points, inbox
from messaging.app import Agent
from messaging.buffer import Buffer
from messaging.commands import Commands
from messaging.ending import end_abruptly, stop_on_signals
from messaging.patience import repeat
from messaging.processor import Committed, Processor
from messaging.publisher import Publisher
from messaging.relay import Relay
from messaging.runner import CommandRunner
from messaging.work import UnitOfWork

log = structlog.get_logger(__name__)

INBOX_DAYS = 8
"""Longer than any topic keeps its records, so that no repeat can outlive its trace."""
PURGE_EVERY_S = 600
STOP_TIMEOUT_S = 8

Chore = Callable[[asyncpg.Pool, Buffer], Awaitable[None]]


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
        async with self._parts() as tasks:
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

    @asynccontextmanager
    async def _parts(self) -> AsyncIterator[set[asyncio.Task[None]]]:
        """Open what the worker needs and start what runs beside the hearing."""
        service, settings = self.agent.handlers.service, self.settings
        pool = await open_pool(settings.database_url)
        await wait_for_broker(settings.kafka_bootstrap)
        publisher = Publisher(settings.kafka_bootstrap, f"{service}-relay-{settings.instance}")
        relay = Relay(pool, publisher)
        health = Health()
        health.add("database", database_check(pool))
        health.add("kafka", kafka_check(settings.kafka_bootstrap))
        health.add("hearing", self._is_assigned)
        async with (
            serve_health(health, settings.http_host, settings.http_port),
            self._runner(pool) as runner,
        ):
            tasks = {
                asyncio.create_task(relay.run(), name="relay"),
                asyncio.create_task(self._process(pool, relay, runner), name="processor"),
                asyncio.create_task(_purge_inbox(pool), name="inbox"),
                *(asyncio.create_task(chore(pool, self.agent.buffer)) for chore in self.chores),  # type: ignore[arg-type]
            }
            if runner is not None:
                tasks.add(asyncio.create_task(runner.run(), name="commands"))
            try:
                yield tasks
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await relay.drain()
                await publisher.stop()
        await pool.close()

    @asynccontextmanager
    async def _runner(self, pool: asyncpg.Pool) -> AsyncIterator[CommandRunner[Any] | None]:
        if self.outside is None:
            yield None
            return
        async with self.outside.connect() as client:
            yield CommandRunner(pool, self.outside.commands, client, self.agent.buffer)

    async def _process(
        self, pool: asyncpg.Pool, relay: Relay, runner: CommandRunner[Any] | None
    ) -> None:
        def after_commit(committed: Committed) -> None:
            crash_points.reach("after-commit")
            relay.feed(committed.rows)
            if runner is not None:
                runner.feed(committed.commands)

        processor = Processor(self.agent.handlers, self.work_type, pool, after_commit)
        while True:
            await processor.process(await self.agent.buffer.take())

    async def _start_hearing(self) -> None:
        app = self.agent.app
        app.finalize()
        await app.start()
        # Faust's monitor keeps statistics of every event; nobody reads them.
        app.sensors.remove(app.monitor)

    async def _stop_hearing(self, tasks: set[asyncio.Task[None]]) -> None:
        """Let what was heard be handled and acknowledged, but not for ever."""
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self.agent.app.stop()
        except TimeoutError:
            log.warning("not everything that was heard could be handled; it will be heard again")
            end_abruptly(tasks)

    async def _is_assigned(self) -> str | None:
        assigned = self.agent.app.consumer.assignment()
        return None if assigned else "no partitions assigned (yet, or to another instance)"


async def _purge_inbox(pool: asyncpg.Pool) -> None:
    await repeat(lambda: pool.execute(inbox.PURGE, INBOX_DAYS), PURGE_EVERY_S)
