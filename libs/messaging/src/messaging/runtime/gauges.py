"""What of a running worker is read whenever its metrics are."""

from typing import Any

from servicekit.metrics import only

from messaging import metrics
from messaging.inbound.consumer import Agent
from messaging.inbound.processor import Processor


def watch_agent(agent: Agent) -> None:
    """Show what the group has given to the worker, and how far behind it is with that."""
    progress, app = agent.progress, agent.app
    metrics.CONSUMER_PARTITIONS.show(lambda: only(len(agent.assigned())))
    metrics.LAG_RECORDS.show(
        lambda: progress.lag_records(app.consumer, held) if (held := agent.assigned()) else {}
    )
    metrics.LAG_SECONDS.show(
        lambda: progress.lag_seconds(app.consumer, held) if (held := agent.assigned()) else {}
    )


def watch_processor(processor: Processor[Any]) -> None:
    """Show what keeps a worker from handling anything."""
    metrics.BREAKER_OPEN.show(lambda: only(processor.breaker.is_open))
    metrics.DATABASE_UNAVAILABLE.show(lambda: only(processor.database_away))
