"""Creates the topics that the services speak on; nothing else ever creates one."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError, for_code
from events import TOPICS, Topic

from orderstream.platform.settings import Settings

TOPIC_ALREADY_EXISTS = 36


class TopicCreationError(RuntimeError):
    """The broker refused to create a topic."""


async def create_topics(settings: Settings) -> list[str]:
    """Create the topics that are not there yet; return their names.

    One that must have as many partitions as another is given those that it lacks.

    Raises:
        TopicCreationError: with the broker's reason for each topic that it refused.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in there]
        if missing:
            _require(await admin.create_topics([_new(topic, settings) for topic in missing]))
        await _fit(admin, [topic for topic in TOPICS if topic not in missing])
    finally:
        await admin.close()
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
