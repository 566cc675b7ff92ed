"""Reads the topics and asks the groups: what lies where, and who hears it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from events import Topic
from reading import Consumer

from orderstream.platform import Group, read_group
from orderstream.spreading.spread import Hearing, Keys, Partition, TopicSpread


async def read_spread(bootstrap: str, topics: Sequence[Topic]) -> list[TopicSpread]:
    """Read the topics from beginning to end, and ask each group where it is.

    Raises:
        KafkaError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = Consumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    try:
        await admin.start()
        await consumer.start()
        places = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await admin.describe_topics([topic.name for topic in topics])
            for partition in topic["partitions"]
        ]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        keys = await _read_keys(consumer, ends)
        hearing = await _read_hearing(admin, topics, ends)
    finally:
        await consumer.stop()
        await admin.close()
    return [
        TopicSpread(
            topic.name,
            [
                Partition(place.partition, keys[place], hearing[place])
                for place in sorted(places)
                if place.topic == topic.name
            ],
        )
        for topic in topics
    ]


async def _read_keys(
    consumer: Consumer, ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Keys]:
    found: dict[TopicPartition, Keys] = {place: Counter() for place in ends}
    beginnings = await consumer.beginning_offsets(list(ends))
    unread = {place for place, end in ends.items() if end > beginnings[place]}
    while unread:
        for place, records in (await consumer.getmany(timeout_ms=500)).items():
            found[place].update(one.key for one in records if one.offset < ends[place])
        unread = {place for place in unread if await consumer.position(place) < ends[place]}
    return found


async def _read_hearing(
    admin: AIOKafkaAdminClient, topics: Sequence[Topic], ends: Mapping[TopicPartition, int]
) -> dict[TopicPartition, list[Hearing]]:
    followers = {topic.name: topic.followed_by for topic in topics}
    names = sorted({name for followed_by in followers.values() for name in followed_by})
    groups = {name: await read_group(admin, name) for name in names}
    reached = {name: await admin.list_consumer_group_offsets(name) for name in names}

    def hearing(name: str, place: TopicPartition) -> Hearing:
        acknowledged = reached[name][place].offset if place in reached[name] else 0
        return Hearing(name, _holder(groups[name], place), ends[place] - acknowledged)

    return {
        place: [hearing(name, place) for name in sorted(followers[place.topic])] for place in ends
    }


def _holder(group: Group, place: TopicPartition) -> str | None:
    return next((member.name for member in group.members if place in member.holds), None)
