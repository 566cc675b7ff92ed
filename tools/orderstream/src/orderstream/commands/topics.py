"""`orderstream topics`: what lies on the broker and who is behind."""

import asyncio

from aiokafka.errors import KafkaError

from orderstream.failing import CommandError
from orderstream.platform import load, reach
from orderstream.tables import console, table
from orderstream.topic_contents import TopicContents, read_contents

EXAMPLES = ("topics",)


def run() -> None:
    """Show every topic: partitions, records, and the lag of each group that follows it."""
    system = reach(load())
    try:
        contents = asyncio.run(read_contents(system.settings.kafka_bootstrap))
    except KafkaError as error:
        raise CommandError(f"Kafka does not answer: {error}. Look at: orderstream status") from None
    shown = table("topic", "partitions", "records", "lag", right=("partitions", "records"))
    for topic in contents:
        shown.add_row(topic.name, str(topic.partitions), str(topic.records), _lag(topic))
    console().print(shown)


def _lag(topic: TopicContents) -> str:
    return ", ".join(f"{group} {lag}" for group, lag in sorted(topic.lag.items())) or "-"
