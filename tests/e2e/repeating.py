"""Says everything twice: what a broker may do, and does after a lost acknowledgement."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from events.topics import EVENT_TOPICS
from reading import open_topics, read_ends, read_to
from servicekit.broker import REQUEST_TIMEOUT_MS

FOLLOWED = tuple(topic.name for topic in EVENT_TOPICS if topic.followed_by)
Saying = tuple[str, bytes, bytes, tuple[tuple[str, bytes], ...]]
"""All that makes up a record, byte for byte: topic, key, value, headers."""


def saying(record: ConsumerRecord) -> Saying:
    """What a record says, wherever it stands in its topic."""
    return record.topic, record.key, record.value, tuple(record.headers)


@asynccontextmanager
async def everything_published_twice(bootstrap: str) -> AsyncIterator[Counter[Saying]]:
    """For as long as the block lasts, publish every new record of every followed topic once more.

    Gives how often each was seen on its topic so far.
    """
    seen: Counter[Saying] = Counter()
    consumer = AIOKafkaConsumer(*FOLLOWED, bootstrap_servers=bootstrap, auto_offset_reset="latest")
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    async with consumer, producer:
        await consumer.seek_to_end()
        for place in consumer.assignment():
            await consumer.position(place)  # else it might begin after what the block does first
        repeating = asyncio.create_task(_repeat(consumer, producer, seen))
        try:
            yield seen
        finally:
            repeating.cancel()
            await asyncio.gather(repeating, return_exceptions=True)


async def read_sayings(bootstrap: str) -> Counter[Saying]:
    """How often everything on the followed topics was said."""
    async with open_topics(bootstrap, *FOLLOWED, request_timeout_ms=REQUEST_TIMEOUT_MS) as consumer:
        ends = await read_ends(consumer)
        return Counter([saying(record) async for record in read_to(consumer, ends)])


async def _repeat(
    consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, seen: Counter[Saying]
) -> None:
    async for record in consumer:
        repeated = saying(record)
        seen[repeated] += 1
        if seen[repeated] == 1:
            await producer.send(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=record.partition,
            )
