"""Reading topics from one offset to another, without a group: what is there at a moment, and no more."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition

from reading.unreadable import Consumer

Offsets = Mapping[TopicPartition, int]
POLL_MS = 500


@asynccontextmanager
async def open_topics(
    bootstrap: str, *topics: str, request_timeout_ms: int, **options: Any
) -> AsyncIterator[Consumer]:
    """Open a consumer of every partition of these topics; it has no group, and disturbs none.

    It begins with the first record of each. Without topics it is for the caller to `assign` it some.

    Raises:
        KafkaError: the broker does not answer.
    """
    told = {"auto_offset_reset": "earliest", **options}
    consumer = Consumer(
        *topics,
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        request_timeout_ms=request_timeout_ms,
        **told,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def read_ends(consumer: Consumer) -> Offsets:
    """Read where each partition of the consumer ends now."""
    ends: Offsets = await consumer.end_offsets(list(consumer.assignment()))
    return ends


async def read_to(consumer: Consumer, ends: Offsets) -> AsyncIterator[ConsumerRecord]:
    """Give every record from where the consumer stands to these ends, which belong to it no more.

    Raises:
        KafkaError: the broker does not answer.
    """
    left = await _unread(consumer, ends, set(ends))
    while left:
        for place, records in (await consumer.getmany(*left, timeout_ms=POLL_MS)).items():
            for record in records:
                if record.offset < ends[place]:
                    yield record
        left = await _unread(consumer, ends, left)


async def _unread(
    consumer: Consumer, ends: Offsets, places: set[TopicPartition]
) -> set[TopicPartition]:
    """Find the partitions in which the consumer stands before the end; an empty one needs no question."""
    return {one for one in places if ends[one] > 0 and await consumer.position(one) < ends[one]}
