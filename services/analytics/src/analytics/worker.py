"""Running the worker of analytics: the agent, the counter beside it, and what is said once a second."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from messaging import Publisher, Running, Watchdog, require_topics, run_agent
from servicekit import Health, kafka_check, load_settings, serve_health

from analytics.agents import agent, app, windows
from analytics.counting import WindowCounter
from analytics.fitting import require_fitting, watch_fitting
from analytics.publisher import WindowPublisher
from analytics.settings import AnalyticsSettings
from analytics.windows import Windows


def run() -> None:
    """Consume how orders stand, count, and publish the numbers once a second."""
    settings = load_settings(AnalyticsSettings)
    run_agent(agent, settings, lambda: opened(settings))


@asynccontextmanager
async def opened(settings: AnalyticsSettings) -> AsyncIterator[Running]:
    """Open what counting takes and start what runs beside the consumer; gives the tasks."""
    await require_topics("analytics", settings.kafka_bootstrap, settings.start_wait_s)
    await require_fitting(settings.kafka_bootstrap, settings.start_wait_s)
    publisher = Publisher(settings.kafka_bootstrap, f"analytics-{settings.instance}")
    kept = Windows(windows)
    counter = WindowCounter(kept)
    async with serve_health(_health(settings), settings.http_host, settings.http_port):
        work = {
            "counter": counter.run(agent.buffer),
            "publisher": WindowPublisher(kept, publisher, settings.currency, held_partitions).run(),
            "fitting": watch_fitting(settings.kafka_bootstrap),
            "watchdog": _watchdog(settings.kafka_bootstrap, counter).run(),
        }
        tasks = {asyncio.create_task(one, name=name) for name, one in work.items()}
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await publisher.stop()


def held_partitions() -> set[int] | None:
    """Return the partitions whose windows this instance has; None while they are being recovered."""
    if app.rebalancing or not app.tables.actives_ready:
        return None
    return {place.partition for place in agent.assigned()}


def _health(settings: AnalyticsSettings) -> Health:
    async def has_recovered() -> str | None:
        return "windows are being recovered" if held_partitions() is None else None

    health = Health()
    health.add("kafka", kafka_check(settings.kafka_bootstrap))
    health.add("consuming", agent.is_member)
    health.add("windows", has_recovered)
    health.note("passed over", agent.unknown_types.summary)
    return health


def _watchdog(bootstrap: str, counter: WindowCounter) -> Watchdog:
    return Watchdog(bootstrap, agent, finished=lambda: counter.finished, excuse=lambda: None)
