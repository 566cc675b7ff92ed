"""What lies on a broker's topics: all at this moment, or all that comes."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from reading import open_topics, read_ends, read_to

REQUEST_TIMEOUT_MS = 8_000


async def records_on(bootstrap: str, topic: str, keys: Collection[str]) -> list[Any]:
    """Give what a topic holds for these keys at this moment, from its beginning."""
    async with open_topics(bootstrap, topic, request_timeout_ms=REQUEST_TIMEOUT_MS) as consumer:
        ends = await read_ends(consumer)
        found = [record async for record in read_to(consumer, ends)]
        return [record for record in found if (record.key or b"").decode() in keys]


class Ear:
    """Receives everything that is published on some topics."""

    def __init__(self) -> None:
        self._records: list[Any] = []

    def of(self, topic: str, key: str) -> list[Any]:
        """Give what it has received of one key."""
        return [one for one in self._records if (one.topic, one.key) == (topic, key.encode())]

    async def listen(self, bootstrap: str, *topics: str) -> None:
        """Receive until cancelled, from the beginning of the topics."""
        async with open_topics(
            bootstrap, *topics, request_timeout_ms=REQUEST_TIMEOUT_MS
        ) as consumer:
            async for record in consumer:
                self._records.append(record)


@asynccontextmanager
async def listening(bootstrap: str, *topics: str) -> AsyncIterator[Ear]:
    """Give an ear that receives for as long as the block lasts."""
    ear = Ear()
    hearing = asyncio.create_task(ear.listen(bootstrap, *topics))
    try:
        yield ear
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
