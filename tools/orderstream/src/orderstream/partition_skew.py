"""How the load spreads over the partitions of each topic, and over the instances that consume them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from events import Topic
from reading import Consumer, Offsets, open_topics, read_ends, read_to
from rich.console import Console
from rich.table import Table
from servicekit.broker import REQUEST_TIMEOUT_MS
from stack import Group, read_group
from stack.topics import open_admin

from orderstream.formatting import short, table

HOTTEST = 3
Keys = Counter[bytes | None]


@dataclass(frozen=True, slots=True)
class GroupPosition:
    """The consumer of one partition in a group, and how many records it has not acknowledged yet.

    `instance` is None while there is none.
    """

    group: str
    instance: str | None
    lag: int


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: how often each key is in it, and who consumes it."""

    number: int
    keys: Keys
    positions: Sequence[GroupPosition]

    @property
    def records(self) -> int:
        """How many records it holds."""
        return self.keys.total()


@dataclass(frozen=True, slots=True)
class TopicSpread:
    """One topic with its partitions."""

    name: str
    partitions: Sequence[Partition]

    @property
    def records(self) -> int:
        """How many records it holds."""
        return sum(partition.records for partition in self.partitions)

    @property
    def skew(self) -> float:
        """The fullest partition against the mean: 1 is even, the number of partitions is the worst."""
        fullest = max(partition.records for partition in self.partitions)
        return fullest * len(self.partitions) / self.records

    @property
    def hottest(self) -> list[tuple[str, int]]:
        """The keys with the most records."""
        every: Keys = sum((partition.keys for partition in self.partitions), Counter())
        return [((key or b"-").decode(), count) for key, count in every.most_common(HOTTEST)]


async def read_spread(bootstrap: str, topics: Sequence[Topic]) -> list[TopicSpread]:
    """Read the topics from beginning to end, and ask each group where it is.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with (
        open_admin(bootstrap) as admin,
        open_topics(bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS) as consumer,
    ):
        places = [
            TopicPartition(topic["topic"], partition["partition"])
            for topic in await admin.describe_topics([topic.name for topic in topics])
            for partition in topic["partitions"]
        ]
        consumer.assign(places)
        ends = await read_ends(consumer)
        keys = await _read_keys(consumer, ends)
        positions = await _read_positions(admin, topics, ends)
    return [
        TopicSpread(
            topic.name,
            [
                Partition(place.partition, keys[place], positions[place])
                for place in sorted(places)
                if place.topic == topic.name
            ],
        )
        for topic in topics
    ]


async def _read_keys(consumer: Consumer, ends: Offsets) -> dict[TopicPartition, Keys]:
    found: dict[TopicPartition, Keys] = {place: Counter() for place in ends}
    async for record in read_to(consumer, ends):
        found[TopicPartition(record.topic, record.partition)][record.key] += 1
    return found


async def _read_positions(
    admin: AIOKafkaAdminClient, topics: Sequence[Topic], ends: Offsets
) -> dict[TopicPartition, list[GroupPosition]]:
    followers = {topic.name: topic.followed_by for topic in topics}
    names = sorted({name for followed_by in followers.values() for name in followed_by})
    groups = {name: await read_group(admin, name) for name in names}
    reached = {name: await admin.list_consumer_group_offsets(name) for name in names}

    def position(name: str, place: TopicPartition) -> GroupPosition:
        acknowledged = reached[name][place].offset if place in reached[name] else 0
        return GroupPosition(name, _holder(groups[name], place), ends[place] - acknowledged)

    return {
        place: [position(name, place) for name in sorted(followers[place.topic])] for place in ends
    }


def _holder(group: Group, place: TopicPartition) -> str | None:
    return next((member.name for member in group.members if place in member.holds), None)


def show_spread(topics: Sequence[TopicSpread], console: Console) -> None:
    """Print what lies where and who consumes it; topics without a record in one line."""
    used = [topic for topic in topics if topic.records]
    console.print(_partitions(used))
    console.print(_topics(used))
    empty = ", ".join(topic.name for topic in topics if not topic.records)
    if empty:
        console.print(f"Without a record: {empty}")


def _partitions(topics: Sequence[TopicSpread]) -> Table:
    columns = ("topic", "partition", "records", "share", "consumed by (records behind)")
    shown = table(*columns, right=("partition", "records", "share"))
    for topic in topics:
        for partition in topic.partitions:
            shown.add_row(*_row(topic, partition))
    return shown


def _row(topic: TopicSpread, partition: Partition) -> tuple[str, ...]:
    share = f"{partition.records / topic.records:.0%}"
    positions = ", ".join(map(_position, partition.positions)) or "-"
    return topic.name, str(partition.number), str(partition.records), share, positions


def _position(position: GroupPosition) -> str:
    who = position.instance or f"no one for {position.group}"
    return f"{who} ({position.lag})"


def _topics(topics: Sequence[TopicSpread]) -> Table:
    columns = ("topic", "records", "fullest / mean", "most frequent keys")
    shown = table(*columns, right=("records", "fullest / mean"))
    for topic in topics:
        keys = ", ".join(f"{short(key)} {count}" for key, count in topic.hottest)
        shown.add_row(topic.name, str(topic.records), f"{topic.skew:.2f}", keys)
    return shown
