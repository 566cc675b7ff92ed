"""The worker of a service: what it is made of, what it starts, and in which order it stops.

A worker consumes, handles, relays, carries out commands, and watches itself. Everything starts in
`_started`, each in a task of its own; `_processor` says what happens right after a commit.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from fault_injection import FaultInjector, crash_points
from servicekit import (
    Health,
    ServiceSettings,
    database_check,
    kafka_check,
    open_pool,
    run_every,
    serve_health,
)
from servicekit.schema import require_schema

from messaging.commands.executor import CommandExecutor
from messaging.dead_letters.redrive import Redriver
from messaging.dead_letters.unpublishable import set_aside_unpublishable
from messaging.inbound.consumer import Agent
from messaging.inbound.inbox import InboxRetention
from messaging.inbound.processor import Committed, Processor
from messaging.inbound.set_asides import SetAsides
from messaging.model.buffer import Buffer
from messaging.model.commands import Commands
from messaging.model.unit_of_work import UnitOfWork
from messaging.outbound.publisher import Publisher
from messaging.outbound.relay import Relay
from messaging.runtime.backlog import LOOK_EVERY_S, TableBacklog
from messaging.runtime.gauges import watch_processor
from messaging.runtime.process import Running, run_agent
from messaging.runtime.topics import require_topics
from messaging.runtime.watchdog import Watchdog

PURGE_EVERY_S = 600

BackgroundTask = Callable[[asyncpg.Pool, Buffer], Coroutine[Any, Any, None]]
"""Work of a service's own beside its agent, such as a look at the clock; runs until cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalClient:
    """The client of an external system: its commands, and how the client is opened.

    A command without an answer is tried for `ask_for_s` seconds.
    """

    commands: Commands[Any]
    connect: Callable[[], AbstractAsyncContextManager[Any]]
    ask_for_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Everything that makes up a worker."""

    settings: ServiceSettings
    agent: Agent
    work_type: type[UnitOfWork[Any]]
    external_client: ExternalClient | None = None
    background_tasks: tuple[BackgroundTask, ...] = ()

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C; anything unexpected ends the process with exit code 1."""
        run_agent(self.agent, self.settings, lambda: _opened(self))


@asynccontextmanager
async def _opened(worker: Worker) -> AsyncIterator[Running]:
    """Open what a worker needs and start what runs beside its agent; gives the tasks.

    On the way out the tasks are cancelled and what memory still holds is relayed.
    """
    service, settings = worker.agent.handlers.service, worker.settings
    await require_schema(service, settings.database_url, settings.start_wait_s)
    await require_topics(service, settings.kafka_bootstrap, settings.start_wait_s)
    pool = await open_pool(settings.database_url)
    publisher = Publisher(settings.kafka_bootstrap, f"{service}-relay-{settings.instance}")
    relay = Relay(pool, publisher, set_aside_unpublishable(service))
    async with _opened_executor(worker, pool) as executor:
        processor = _processor(worker, pool, relay, executor)
        watch_processor(processor)
        health = _health(worker, pool, processor)
        async with serve_health(health, settings.http_host, settings.http_port):
            tasks = _started(worker, pool, relay, processor, executor)
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
async def _opened_executor(
    worker: Worker, pool: asyncpg.Pool
) -> AsyncIterator[CommandExecutor[Any] | None]:
    external = worker.external_client
    if external is None:
        yield None
        return
    async with external.connect() as client:
        buffer = worker.agent.buffer
        yield CommandExecutor(pool, external.commands, client, buffer, external.ask_for_s)


def _processor(
    worker: Worker, pool: asyncpg.Pool, relay: Relay, executor: CommandExecutor[Any] | None
) -> Processor[Any]:
    def after_commit(committed: Committed) -> None:
        crash_points.reach("after-commit")
        relay.feed(committed.rows)
        if executor is not None:
            executor.feed(committed.commands)

    handlers = worker.agent.handlers
    faults = FaultInjector(handlers.service) if worker.settings.fault_plans else None
    return Processor(handlers, worker.work_type, pool, after_commit, faults)


def _health(worker: Worker, pool: asyncpg.Pool, processor: Processor[Any]) -> Health:
    health = Health()
    health.add("database", database_check(pool))
    health.add("kafka", kafka_check(worker.settings.kafka_bootstrap))
    health.add("consuming", worker.agent.is_member)
    health.add("handling", processor.breaker.check)
    health.note("passed over", worker.agent.unknown_types.summary)
    health.note("repeats", lambda: _repeats(processor))
    return health


def _repeats(processor: Processor[Any]) -> str | None:
    """Say how many facts came again that the inbox had forgotten; None if there was none."""
    return f"{processor.repeats} facts that were so already" if processor.repeats else None


def _started(
    worker: Worker,
    pool: asyncpg.Pool,
    relay: Relay,
    processor: Processor[Any],
    executor: CommandExecutor[Any] | None,
) -> Running:
    """Start everything that runs beside the agent."""
    agent, bootstrap = worker.agent, worker.settings.kafka_bootstrap
    retention = InboxRetention(pool, bootstrap, agent.topics)
    watchdog = Watchdog(
        bootstrap,
        agent,
        finished=lambda: processor.finished,
        excuse=lambda: processor.waits_for,
    )
    asked = worker.external_client.commands.types if worker.external_client else ()
    backlog = TableBacklog(pool, relay, tuple(command.kind() for command in asked))
    work: dict[str, Coroutine[Any, Any, None]] = {
        "relay": relay.run(),
        "processor": processor.run(agent.buffer),
        "redriver": Redriver(pool, agent.handlers, agent.buffer).run(),
        "set-asides": SetAsides(pool, processor).run(),
        "watchdog": watchdog.run(),
        "inbox": run_every(retention.purge, PURGE_EVERY_S),
        "backlog": run_every(backlog.look, LOOK_EVERY_S),
    }
    for number, task in enumerate(worker.background_tasks, start=1):
        work[f"background task {number}"] = task(pool, agent.buffer)
    if executor is not None:
        work["commands"] = executor.run()
    return {asyncio.create_task(one, name=name) for name, one in work.items()}
