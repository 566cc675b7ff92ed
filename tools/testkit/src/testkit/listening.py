"""What lies on a broker's topics: all at this moment, or all that comes."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer


async def records_on(bootstrap: str, topic: str, keys: Collection[str]) -> list[Any]:
    """Give what a topic holds for these keys at this moment, from its beginning."""
    async with _reader(bootstrap, topic) as consumer:
        parts = consumer.assignment()
        ends = await consumer.end_offsets(parts)
        found: list[Any] = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found.extend(records)
        return [record for record in found if (record.key or b"").decode() in keys]


class Ear:
    """Hears everything that is said on some topics."""

    def __init__(self) -> None:
        self._records: list[Any] = []

    def of(self, topic: str, key: str) -> list[Any]:
        """Give what it has heard of one key."""
        return [one for one in self._records if (one.topic, one.key) == (topic, key.encode())]

    async def listen(self, bootstrap: str, *topics: str) -> None:
        """Hear until cancelled, from the beginning of the topics."""
        async with _reader(bootstrap, *topics) as consumer:
            async for record in consumer:
                self._records.append(record)


@asynccontextmanager
async def listening(bootstrap: str, *topics: str) -> AsyncIterator[Ear]:
    """Give an ear that hears for as long as the block lasts."""
    ear = Ear()
    hearing = asyncio.create_task(ear.listen(bootstrap, *topics))
    try:
        yield ear
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


def _reader(bootstrap: str, *topics: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
