"""`orderstream topics`: what lies on the broker, who is behind, and how the load spreads over partitions."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from aiokafka.errors import KafkaError
from events import EVENT_TOPICS, Topic
from stack import load, reach
from stack.hints import no_answer
from stack.topics import TopicContents, read_contents

from orderstream.errors import CommandError
from orderstream.formatting import console, table
from orderstream.partition_skew import read_spread, show_spread

EXAMPLES = (
    "topics",
    "topics payment-processed   # its partitions, and who consumes them",
    "topics --partitions   # those of all topics",
    "scale payment 3   # more instances to share them",
)
T = TypeVar("T")


def run(
    topic: Annotated[
        str | None, typer.Argument(help="One topic: its partitions, and who consumes them.")
    ] = None,
    *,
    partitions: Annotated[
        bool, typer.Option("--partitions", help="The partitions of every topic.")
    ] = False,
) -> None:
    """Show every topic: partitions, records, and the lag of each group that follows it.

    With a topic, or with --partitions, show each partition's records, which instance consumes it
    for which service, and how far behind it is. Then, of each topic: how much fuller its fullest
    partition is than the mean (1.00 is even), and the keys with the most records. Reads every
    record once, and joins no group.
    """
    if topic or partitions:
        spread(topic)
        return
    bootstrap = reach(load()).settings.kafka_bootstrap
    shown = table(
        "topic",
        "partitions",
        "records",
        "lag",
        right=("partitions", "records"),
        wrap=("topic", "lag"),
    )
    for one in _ask(read_contents(bootstrap)):
        shown.add_row(one.name, str(one.partitions), str(one.records), _lag(one))
    console().print(shown)


def spread(
    topic: Annotated[
        str | None, typer.Argument(help="One topic; by default all that events are said on.")
    ] = None,
) -> None:
    """Show how the load spreads over partitions: the old name of `topics --partitions`."""
    topics = _named(topic)
    show_spread(_ask(read_spread(reach(load()).settings.kafka_bootstrap, topics)), console())


def _ask(reading: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(reading)
    except KafkaError as error:
        raise CommandError(no_answer("Kafka", error)) from None


def _lag(topic: TopicContents) -> str:
    return ", ".join(f"{group} {lag}" for group, lag in sorted(topic.lag.items())) or "-"


def _named(name: str | None) -> list[Topic]:
    found = [topic for topic in EVENT_TOPICS if name in {None, topic.name}]
    if not found:
        known = ", ".join(topic.name for topic in EVENT_TOPICS)
        raise CommandError(f"no topic is called {name}; there are: {known}")
    return found
