"""What messaging counts and times. The page of all metrics is drawn from this: docs/maps/metrics.md.

What a label chooses is looked up once: that costs more than the counting. A `topic` is one that the
service follows or writes; what came on none has the name of its kind.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from time import perf_counter

from servicekit.metrics import Vocabulary

RECORDS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
ORDERED = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

_worker = Vocabulary("workers")
_relay = Vocabulary("workers, gateway")
_asking = Vocabulary("payment-worker, shipping-worker, notifier-worker")

HOP_SECONDS = _worker.histogram(
    "hop_seconds",
    "Parts of the way from one event to the next, as the events tell them in ce_waits: outbox (commit "
    "included), broker, linger, handling; of an answer outside, linger, handling.",
    "topic",
    "part",
    buckets=ORDERED,
)
BATCH_RECORDS = _worker.histogram(
    "batch_records", "Facts handled in one transaction.", buckets=RECORDS
)
BATCH_SECONDS = _worker.histogram(
    "batch_seconds",
    "Parts of a transaction: admit, load, handle, save, commit.",
    "part",
)
EVENTS_HANDLED = _worker.counter(
    "events_handled",
    "Facts that the worker is done with: handled, repeated (the inbox knew them), passed_over "
    "(nothing in them for the service), dead_letter (set aside).",
    "topic",
    "outcome",
)
PUBLISH_SECONDS = _relay.histogram(
    "publish_seconds", "Handing a batch to the broker, to its last answer."
)
PUBLISHED = _relay.counter(
    "published",
    "Records handed to the broker: acknowledged, refused for what they are, or failed.",
    "topic",
    "outcome",
)
COMMAND_SECONDS = _asking.histogram(
    "command_seconds",
    "One call of the outside world, whatever came of it.",
    "kind",
    buckets=ORDERED,
)
COMMAND_TRIES = _asking.counter(
    "command_tries",
    "Calls of the outside world: answered, refused for good, or failed, to be tried again.",
    "kind",
    "outcome",
)

CONSUMER_PARTITIONS = _worker.gauge(
    "consumer_partitions", "Partitions that the group has given to it."
)
LAG_RECORDS = _worker.gauge(
    "consumer_lag_records",
    "Records of a partition that are not handled yet.",
    "topic",
    "partition",
)
LAG_SECONDS = _worker.gauge(
    "consumer_lag_seconds",
    "How far behind a partition is handled; 0 if nothing waits.",
    "topic",
    "partition",
)
BREAKER_OPEN = _worker.gauge(
    "breaker_open", "1 while the worker is paused, since nothing can be handled."
)
DATABASE_UNAVAILABLE = _worker.gauge(
    "database_unavailable", "1 while a transaction waits for the database to come back."
)
OUTBOX_ROWS = _relay.gauge(
    "outbox_rows",
    "Events not acknowledged by the broker, counted up to 100000; told by the instance that sweeps.",
)
OUTBOX_OLDEST = _relay.gauge(
    "outbox_oldest_seconds", "Age of the oldest of them; 0 if there is none."
)
COMMANDS_PENDING = _asking.gauge(
    "commands_pending", "Commands without an answer; told by the instance that sweeps.", "kind"
)
COMMANDS_OLDEST = _asking.gauge("commands_oldest_seconds", "Age of the oldest of them.", "kind")
DEAD_LETTERS_OPEN = _relay.gauge(
    "dead_letters_open",
    "Dead letters that wait for an operator; told by the instance that sweeps.",
)

events_handled = cache(EVENTS_HANDLED.labels)
hop_part = cache(HOP_SECONDS.labels)
batch_part = cache(BATCH_SECONDS.labels)
_published = cache(PUBLISHED.labels)
_command_seconds = cache(COMMAND_SECONDS.labels)
command_tries = cache(COMMAND_TRIES.labels)


def count_published(topics: Mapping[str, Mapping[str, int]], seconds: float) -> None:
    """Count what was handed to the broker: by topic, how many had which outcome."""
    PUBLISH_SECONDS.observe(seconds)
    for topic, outcomes in topics.items():
        for outcome, count in outcomes.items():
            _published(topic, outcome).inc(count)


@contextmanager
def timed_command(kind: str) -> Iterator[None]:
    """Time one call of the outside world."""
    begun = perf_counter()
    try:
        yield
    finally:
        _command_seconds(kind).observe(perf_counter() - begun)
