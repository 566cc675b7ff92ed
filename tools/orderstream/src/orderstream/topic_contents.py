"""Counts what each topic holds and how far its groups are behind."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from reading import Consumer

Offsets = Mapping[TopicPartition, int]


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
    """Every topic but Kafka's own, by name.

    Raises:
        KafkaError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = Consumer(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        await consumer.start()
        acknowledged = await _acknowledged(admin)
        first, end = await _bounds(admin, consumer)
    finally:
        await consumer.stop()
        await admin.close()
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


async def _acknowledged(admin: AIOKafkaAdminClient) -> dict[str, Offsets]:
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
