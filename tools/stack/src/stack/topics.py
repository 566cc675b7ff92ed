"""Creates the topics that the services use, and counts what each holds and how far its groups are behind."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError, for_code
from events import TOPICS, Topic
from reading import Consumer, Offsets, open_topics
from servicekit.broker import REQUEST_TIMEOUT_MS

from stack.errors import StackError
from stack.settings import Settings

TOPIC_ALREADY_EXISTS = 36


class TopicCreationError(StackError):
    """The broker refused to create a topic."""


@asynccontextmanager
async def open_admin(bootstrap: str, **options: Any) -> AsyncIterator[AIOKafkaAdminClient]:
    """Open a client that asks the broker about topics and groups, and changes them.

    Raises:
        KafkaError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **options)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def create_topics(settings: Settings) -> list[str]:
    """Create the topics that are not there yet; return their names.

    One that must have as many partitions as another is given those that it lacks.

    Raises:
        TopicCreationError: with the broker's reason for each topic that it refused.
    """
    async with open_admin(settings.kafka_bootstrap) as admin:
        there = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in there]
        if missing:
            _require(await admin.create_topics([_new(topic, settings) for topic in missing]))
        await _fit(admin, [topic for topic in TOPICS if topic not in missing])
    return [topic.name for topic in missing]


async def _fit(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Add partitions to those that follow another topic's."""
    following = {topic.name: topic.as_many_as for topic in topics if topic.as_many_as}
    told = await admin.describe_topics([*following, *following.values()])
    counts = {one["topic"]: len(one["partitions"]) for one in told}
    lacking = {
        name: NewPartitions(counts[other])
        for name, other in following.items()
        if counts[name] < counts[other]
    }
    if lacking:
        await admin.create_partitions(lacking)


def _new(topic: Topic, settings: Settings) -> NewTopic:
    configuration = {"cleanup.policy": "compact" if topic.compacted else "delete"}
    if topic.retention_ms is not None:
        configuration["retention.ms"] = str(topic.retention_ms)
    if topic.segment_ms is not None:
        configuration["segment.ms"] = str(topic.segment_ms)
    partitions = topic.partitions or settings.partitions
    return NewTopic(topic.name, partitions, settings.brokers, topic_configs=configuration)


def _require(response: object) -> None:
    refused = [
        f"{name}: {message or _meaning(code)}"
        for name, code, message in response.topic_errors  # type: ignore[attr-defined]
        if code not in (0, TOPIC_ALREADY_EXISTS)
    ]
    if refused:
        raise TopicCreationError("the broker refused: " + "; ".join(refused))


def _meaning(code: int) -> str:
    error: type[KafkaError] = for_code(code)
    return error.__name__


@dataclass(frozen=True, slots=True)
class TopicContents:
    """One topic; `lag` is the number of records that each group has not acknowledged yet.

    `records` counts offsets: in a compacted topic some of them may be gone.
    """

    name: str
    partitions: int
    records: int
    lag: Mapping[str, int]


async def read_contents(bootstrap: str) -> list[TopicContents]:
    """Return every topic but Kafka's own, by name.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with (
        open_admin(bootstrap) as admin,
        open_topics(bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS) as consumer,
    ):
        acknowledged = await read_acknowledged(admin)
        first, end = await _bounds(admin, consumer)
    names = sorted({place.topic for place in end})
    return [_contents(name, first, end, acknowledged) for name in names]


async def _bounds(admin: AIOKafkaAdminClient, consumer: Consumer) -> tuple[Offsets, Offsets]:
    places = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in await admin.describe_topics()
        if not topic["is_internal"] and not topic["topic"].startswith("__")
        for partition in topic["partitions"]
    ]
    return await consumer.beginning_offsets(places), await consumer.end_offsets(places)


async def read_acknowledged(admin: AIOKafkaAdminClient) -> dict[str, Offsets]:
    """Read how far each group has come, by its name."""
    groups = sorted({group[0] for group in await admin.list_consumer_groups()})
    found: dict[str, Offsets] = {}
    for group in groups:
        committed = await admin.list_consumer_group_offsets(group)
        found[group] = {place: meta.offset for place, meta in committed.items()}
    return found


def _contents(
    name: str, first: Offsets, end: Offsets, acknowledged: Mapping[str, Offsets]
) -> TopicContents:
    places = [place for place in end if place.topic == name]
    lag = {
        group: sum(end[place] - max(offsets.get(place, 0), first[place]) for place in places)
        for group, offsets in acknowledged.items()
        if any(place in offsets for place in places)
    }
    records = sum(end[place] - first[place] for place in places)
    return TopicContents(name, len(places), records, lag)
