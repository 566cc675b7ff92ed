"""`orderstream spread`: how the load spreads over partitions and instances."""

import asyncio
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from events import EVENT_TOPICS, Topic

from orderstream.failing import CommandError
from orderstream.platform import load, reach
from orderstream.spreading import read_spread, show_spread
from orderstream.tables import console

EXAMPLES = ("spread", "spread payment-processed", "scale payment 3   # more instances to share it")


def run(
    topic: Annotated[
        str | None, typer.Argument(help="One topic; by default all that events are said on.")
    ] = None,
) -> None:
    """Show each partition's records, which instance hears it for which service, and how far behind.

    Then, of each topic: how much fuller its fullest partition is than the mean (1.00 is even), and
    the keys with the most records. Reads every record once, and joins no group.
    """
    topics = _named(topic)
    system = reach(load())
    try:
        spread = asyncio.run(read_spread(system.settings.kafka_bootstrap, topics))
    except KafkaError as error:
        raise CommandError(f"Kafka does not answer: {error}. Look at: orderstream status") from None
    show_spread(spread, console())


def _named(name: str | None) -> list[Topic]:
    found = [topic for topic in EVENT_TOPICS if name in {None, topic.name}]
    if not found:
        known = ", ".join(topic.name for topic in EVENT_TOPICS)
        raise CommandError(f"no topic is called {name}; there are: {known}")
    return found
