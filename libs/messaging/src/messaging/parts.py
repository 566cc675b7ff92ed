"""The parts of a running worker: opened together, each in a task of its own, ended in order."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
from servicekit import Health, database_check, kafka_check, open_pool, serve_health
from servicekit.schema import require_schema

from messaging import crash_points
from messaging.app import Agent
from messaging.forgetting import Forgetting
from messaging.patience import repeat
from messaging.planned_faults import PlannedFaults
from messaging.processor import Committed, Processor
from messaging.publisher import Publisher
from messaging.redriving import Redriver
from messaging.relay import Relay
from messaging.runner import CommandRunner
from messaging.set_asides import SetAsides
from messaging.topics import require_topics
from messaging.watchdog import Watchdog

if TYPE_CHECKING:
    from messaging.worker import Worker

PURGE_EVERY_S = 600

Running = set[asyncio.Task[None]]


@asynccontextmanager
async def opened(worker: "Worker") -> AsyncIterator[Running]:
    """Open what a worker needs and start what runs beside its hearing; gives the tasks.

    On the way out the tasks are cancelled and what memory still holds is relayed.
    """
    service, settings = worker.agent.handlers.service, worker.settings
    await require_schema(service, settings.database_url, settings.start_wait_s)
    await require_topics(service, settings.kafka_bootstrap, settings.start_wait_s)
    pool = await open_pool(settings.database_url)
    publisher = Publisher(settings.kafka_bootstrap, f"{service}-relay-{settings.instance}")
    relay = Relay(pool, publisher, service)
    async with _opened_runner(worker, pool) as runner:
        processor = _processor(worker, pool, relay, runner)
        health = _health(worker, pool, processor)
        async with serve_health(health, settings.http_host, settings.http_port):
            tasks = _started(worker, pool, relay, processor, runner)
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
async def _opened_runner(
    worker: "Worker", pool: asyncpg.Pool
) -> AsyncIterator[CommandRunner[Any] | None]:
    outside = worker.outside
    if outside is None:
        yield None
        return
    async with outside.connect() as client:
        buffer = worker.agent.buffer
        yield CommandRunner(pool, outside.commands, client, buffer, outside.ask_for_s)


def _processor(
    worker: "Worker", pool: asyncpg.Pool, relay: Relay, runner: CommandRunner[Any] | None
) -> Processor[Any]:
    def after_commit(committed: Committed) -> None:
        crash_points.reach("after-commit")
        relay.feed(committed.rows)
        if runner is not None:
            runner.feed(committed.commands)

    handlers = worker.agent.handlers
    faults = PlannedFaults(handlers.service) if worker.settings.fault_plans else None
    return Processor(handlers, worker.work_type, pool, after_commit, faults)


def _health(worker: "Worker", pool: asyncpg.Pool, processor: Processor[Any]) -> Health:
    health = Health()
    health.add("database", database_check(pool))
    health.add("kafka", kafka_check(worker.settings.kafka_bootstrap))
    health.add("hearing", worker.agent.is_member)
    health.add("handling", processor.breaker.check)
    health.note("passed over", worker.agent.strangers.told)
    health.note("repeats", lambda: _repeats(processor))
    return health


def _repeats(processor: Processor[Any]) -> str | None:
    """How many facts were heard again that the inbox had forgotten; None if it was none."""
    return f"{processor.repeats} facts that were so already" if processor.repeats else None


def _started(
    worker: "Worker",
    pool: asyncpg.Pool,
    relay: Relay,
    processor: Processor[Any],
    runner: CommandRunner[Any] | None,
) -> Running:
    agent = worker.agent
    work: dict[str, Coroutine[Any, Any, None]] = {
        "relay": relay.run(),
        "processor": processor.run(agent.buffer),
        "redriver": Redriver(pool, agent.handlers, agent.buffer).run(),
        "set-asides": SetAsides(pool, processor).run(),
        "watchdog": _watchdog(worker.settings.kafka_bootstrap, agent, processor).run(),
        "inbox": repeat(_forgetting(worker, pool).purge, PURGE_EVERY_S),
    }
    for number, chore in enumerate(worker.chores, start=1):
        work[f"chore {number}"] = chore(pool, agent.buffer)
    if runner is not None:
        work["commands"] = runner.run()
    return {asyncio.create_task(one, name=name) for name, one in work.items()}


def _forgetting(worker: "Worker", pool: asyncpg.Pool) -> Forgetting:
    return Forgetting(pool, worker.settings.kafka_bootstrap, worker.agent.topics)


def _watchdog(bootstrap: str, agent: Agent, processor: Processor[Any]) -> Watchdog:
    return Watchdog(
        bootstrap,
        agent,
        finished=lambda: processor.finished,
        excuse=lambda: processor.waits_for,
    )
