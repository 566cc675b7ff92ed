"""Everything that was ever emitted about one order, read from all topics and put in order from cause to effect."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import ConsumerRecord
from events import CHANGELOGS, EVENT_TOPICS, TOPICS, Envelope, UndecodableRecordError, decode
from reading import Consumer, open_topics, read_ends, read_to
from servicekit.broker import REQUEST_TIMEOUT_MS
from stack.topics import open_admin

BEFORE_MS = 60_000
"""Clocks of machines may differ: reading starts this long before the order was placed."""
ABOUT_NO_ORDER = frozenset({"product-catalog", "dashboard-updates"})
READ = tuple(
    topic.name
    for topic in TOPICS
    if topic not in CHANGELOGS and not topic.name.startswith(tuple(ABOUT_NO_ORDER))
)
EVENTS = frozenset(topic.name for topic in EVENT_TOPICS)


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """One record about the order, and where it lies; `envelope` is None if it is no event of ours.

    `time` is when the event was emitted, `recorded_at` when this record of it was published. `error`
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


async def read_records(bootstrap: str, order_id: str) -> list[OrderRecord]:
    """Read all records with this order's key; only the partition of each topic that may hold them.

    Raises:
        KafkaError: the broker does not answer.
    """
    key = order_id.encode()
    async with open_topics(bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS) as consumer:
        places = await _places(bootstrap, order_id)
        consumer.assign(places)
        ends = await read_ends(consumer)
        await _seek(consumer, places, order_id)
        return [read_record(one) async for one in read_to(consumer, ends) if one.key == key]


async def _places(bootstrap: str, order_id: str) -> list[TopicPartition]:
    async with open_admin(bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS) as admin:
        topics = await admin.describe_topics()
    key = order_id.encode()
    return [
        TopicPartition(one["topic"], partition)
        for one in topics
        if one["topic"] in READ
        for partition in partitions_of(key, len(one["partitions"]))
    ]


def partitions_of(key: bytes, count: int) -> list[int]:
    """Return where records of a key may lie on a topic of so many partitions, or once of fewer."""
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


def read_record(record: ConsumerRecord) -> OrderRecord:
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
    return OrderRecord(
        record.topic, record.partition, record.offset, time, recorded_at, envelope, error
    )


def placed_ms(order_id: str) -> int:
    """Return when an order was placed, in ms since the epoch, as its UUIDv7 says (RFC 9562, 5.7)."""
    return int(order_id.removeprefix("ord_")[:12], 16)


@dataclass(slots=True)
class Step:
    """One thing that happened and what followed from it; `repeats` counts its further records."""

    record: OrderRecord
    depth: int = 0
    repeats: int = 0
    guides: tuple[bool, ...] = ()
    """For each level above, and the step itself at last: whether more follows there."""
    effects: list["Step"] = field(default_factory=list)


def tell(records: Iterable[OrderRecord]) -> list[Step]:
    """Order records from cause to effect; what follows from one cause, by time.

    An event whose cause is not among them begins a story of its own. A dead letter follows from
    the event that could not be handled.
    """
    steps, orphans = _distinct(sorted(records, key=_when))
    roots: list[Step] = list(orphans)
    for step in steps.values():
        cause = step.record.envelope.causation_id if step.record.envelope else None
        if cause in steps:
            steps[cause].effects.append(step)
        else:
            roots.append(step)
    return [
        step for root in sorted(roots, key=lambda one: _when(one.record)) for step in _walk(root)
    ]


def _distinct(records: Iterable[OrderRecord]) -> tuple[dict[UUID, Step], list[Step]]:
    """Each event once, with its dead letters; and what is no event, or a dead letter of none."""
    steps: dict[UUID, Step] = {}
    others: list[Step] = []
    for record in sorted(records, key=lambda one: one.is_dead_letter):
        known = steps.get(record.envelope.id) if record.envelope else None
        if record.envelope is None or (record.is_dead_letter and known is None):
            others.append(Step(record))
        elif known is None:
            steps[record.envelope.id] = Step(record)
        elif record.is_dead_letter:
            known.effects.append(Step(record))
        else:
            known.repeats += 1
    return steps, others


def _walk(step: Step, depth: int = 0, guides: tuple[bool, ...] = ()) -> Iterator[Step]:
    step.depth, step.guides = depth, guides
    yield step
    effects = sorted(step.effects, key=lambda one: _when(one.record))
    for place, effect in enumerate(effects, start=1):
        yield from _walk(effect, depth + 1, (*guides, place < len(effects)))


def _when(record: OrderRecord) -> tuple[object, ...]:
    sequence = record.envelope.sequence if record.envelope else 0
    return (record.time, record.topic, sequence, record.offset)
