"""What the topics tell about a rebuild: where they end, what was said since, what they have lost."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from aiokafka import TopicPartition
from events import EVENT_TOPICS, OrderOverdue
from reading import Consumer

from orderstream.audit.acknowledged import read_acknowledged

FOLLOWED = tuple(topic.name for topic in EVENT_TOPICS if "order" in topic.followed_by)
OVERDUE = OrderOverdue.topic.name
"""Not heard by the order service: it says it, and a rebuild reads it."""
PATIENCE_MS = 500
Offsets = Mapping[TopicPartition, int]


def _consumer(bootstrap: str) -> Consumer:
    return Consumer(*FOLLOWED, OVERDUE, bootstrap_servers=bootstrap, auto_offset_reset="earliest")


async def read_ends(bootstrap: str) -> Offsets:
    """Where each partition ends now.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _consumer(bootstrap) as consumer:
        ends: Offsets = await consumer.end_offsets(list(consumer.assignment()))
        return ends


async def read_handled(bootstrap: str, ends: Offsets) -> Offsets:
    """Up to where both have come: the live order service, and a rebuild that reads to `ends`.

    Raises:
        CannotAuditError: the broker does not answer.
    """
    acknowledged = await read_acknowledged(bootstrap)
    return {
        place: min(end, max(0, acknowledged.get(("order", place.topic, place.partition), 0)))
        if place.topic != OVERDUE
        else end
        for place, end in ends.items()
    }


async def read_moving(bootstrap: str, handled: Offsets) -> set[str]:
    """The orders of which something lies beyond these offsets.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _consumer(bootstrap) as consumer:
        ends = await consumer.end_offsets(list(handled))
        for place, offset in handled.items():
            consumer.seek(place, offset)
        left = await _unread(consumer, handled, ends)
        moving: set[str] = set()
        while left:
            batches = await consumer.getmany(*left, timeout_ms=PATIENCE_MS)
            for records in batches.values():
                moving |= {(record.key or b"").decode(errors="replace") for record in records}
            left = await _unread(consumer, left, ends)
        return moving


async def read_oldest(bootstrap: str) -> datetime | None:
    """The time from which on no topic has lost a record; None if none has lost any.

    Raises:
        KafkaError: the broker does not answer.
    """
    async with _consumer(bootstrap) as consumer:
        places = list(consumer.assignment())
        begins = await consumer.beginning_offsets(places)
        lossy = [place for place in places if begins[place] > 0]
        if not lossy:
            return None
        firsts = await consumer.offsets_for_times(dict.fromkeys(lossy, 0))
        now = datetime.now(UTC)
        return max(
            datetime.fromtimestamp(first.timestamp / 1000, UTC) if first else now
            for first in (firsts.get(place) for place in lossy)
        )


async def _unread(
    consumer: Consumer, places: Iterable[TopicPartition], ends: Offsets
) -> list[TopicPartition]:
    return [place for place in places if await consumer.position(place) < ends[place]]
