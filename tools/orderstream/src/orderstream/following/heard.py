"""Everything that was ever said about one order, read from its partitions of all topics."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import ConsumerRecord
from events import CHANGELOGS, EVENT_TOPICS, TOPICS, Envelope, UndecodableRecordError, decode
from reading import Consumer
from servicekit.broker import REQUEST_TIMEOUT_MS

BEFORE_MS = 60_000
"""Clocks of machines may differ: reading starts this long before the order was placed."""
PATIENCE_MS = 500
ABOUT_NO_ORDER = frozenset({"product-catalog", "dashboard-updates"})
READ = tuple(
    topic.name
    for topic in TOPICS
    if topic not in CHANGELOGS and not topic.name.startswith(tuple(ABOUT_NO_ORDER))
)
EVENTS = frozenset(topic.name for topic in EVENT_TOPICS)


@dataclass(frozen=True, slots=True)
class Said:
    """One record about the order, and where it lies; `envelope` is None if it is no event of ours.

    `time` is when the event was said, `recorded_at` when this record of it was published. `error`
    tells why it was set aside, if it is a dead letter, or why it cannot be read.
    """

    topic: str
    partition: int
    offset: int
    time: datetime
    recorded_at: datetime
    envelope: Envelope | None
    error: str | None = None

    @property
    def is_dead_letter(self) -> bool:
        """Whether a service could not handle it and set it aside."""
        return self.topic not in EVENTS


async def read_said(bootstrap: str, order_id: str) -> list[Said]:
    """Read all records with this order's key; only the partition of each topic that may hold them.

    Raises:
        KafkaError: the broker does not answer.
    """
    consumer = Consumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        request_timeout_ms=REQUEST_TIMEOUT_MS,
    )
    try:
        await consumer.start()
        places = await _places(bootstrap, order_id)
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await _seek(consumer, places, order_id)
        return await _read(consumer, ends, order_id.encode())
    finally:
        await consumer.stop()


async def _places(bootstrap: str, order_id: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    key = order_id.encode()
    return [
        TopicPartition(one["topic"], partition)
        for one in topics
        if one["topic"] in READ
        for partition in partitions_of(key, len(one["partitions"]))
    ]


def partitions_of(key: bytes, count: int) -> list[int]:
    """Where records of a key may lie on a topic that has so many partitions and may have had fewer."""
    partition_of = DefaultPartitioner()
    counts = (list(range(number)) for number in range(1, count + 1))
    return sorted({partition_of(key, partitions, partitions) for partitions in counts})


async def _seek(consumer: Consumer, places: list[TopicPartition], order_id: str) -> None:
    """Go to where the order may first be spoken of: its id begins with the time of its placing."""
    since = max(0, placed_ms(order_id) - BEFORE_MS)
    found = await consumer.offsets_for_times(dict.fromkeys(places, since))
    for place in places:
        if found.get(place) is None:
            await consumer.seek_to_end(place)
        else:
            consumer.seek(place, found[place].offset)


async def _read(consumer: Consumer, ends: dict[TopicPartition, int], key: bytes) -> list[Said]:
    said = []
    left = {place for place in ends if await consumer.position(place) < ends[place]}
    while left:
        batches = await consumer.getmany(*left, timeout_ms=PATIENCE_MS)
        for records in batches.values():
            said += [read_record(record) for record in records if record.key == key]
        left = {place for place in left if await consumer.position(place) < ends[place]}
    return said


def read_record(record: ConsumerRecord) -> Said:
    """Read one record, whatever is in it."""
    headers = [(name, value) for name, value in record.headers]
    error = dict(headers).get("x-error", b"").decode(errors="replace") or None
    envelope = None
    time = recorded_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    try:
        envelope = decode(headers, record.value)
        time = envelope.time
    except UndecodableRecordError as undecodable:
        error = error or str(undecodable)
    return Said(record.topic, record.partition, record.offset, time, recorded_at, envelope, error)


def placed_ms(order_id: str) -> int:
    """When an order was placed, in ms since the epoch, as its UUIDv7 says (RFC 9562, 5.7)."""
    return int(order_id.removeprefix("ord_")[:12], 16)
