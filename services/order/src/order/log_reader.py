"""Reads the log of orders: all that the topics hold of them now, without joining a group."""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord
from events import Topic
from reading import Consumer
from servicekit.broker import REQUEST_TIMEOUT_MS

ORDER_ID = re.compile(rb"ord_([0-9a-f]{12})[0-9a-f]{20}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMEOUT_MS = 500
MAX_RECORDS = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """The orders to read of: one by its id, those placed within a time, or all; `until` is outside."""

    order_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, key: bytes | None) -> bool:
        """Return whether a record with this key is about such an order: an id begins with its time."""
        found = ORDER_ID.fullmatch(key or b"")
        if found is None or (self.order_id is not None and key != self.order_id.encode()):
            return False
        placed_us = int(found[1], 16) * 1000
        return (self.since is None or placed_us >= _us(self.since)) and (
            self.until is None or placed_us < _us(self.until)
        )


def _us(moment: datetime) -> int:
    """Return microseconds since 1970; compared as numbers, for an id that somebody made up has any time."""
    return (moment - EPOCH) // timedelta(microseconds=1)


class LogReader:
    """Content of some topics from their beginnings to where they ended when this was opened."""

    def __init__(
        self, consumer: Consumer, ends: dict[TopicPartition, int], selection: Selection
    ) -> None:
        self._consumer = consumer
        self._ends = ends
        self._selection = selection

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, bootstrap: str, topics: Collection[Topic], selection: Selection
    ) -> AsyncIterator[Self]:
        """Open topics for reading. No group is joined and nothing acknowledged: there is no trace of it."""
        consumer = Consumer(
            *(topic.name for topic in topics),
            bootstrap_servers=bootstrap,
            group_id=None,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            auto_offset_reset="earliest",
        )
        async with consumer:
            ends = await consumer.end_offsets(list(consumer.assignment()))
            yield cls(consumer, ends, selection)

    async def of(self, *topics: Topic) -> AsyncIterator[Sequence[ConsumerRecord]]:
        """Yield the records of some of these topics about the selected orders, a few hundred at a time.

        Those of one partition come in their order, the partitions as they are fetched.
        """
        names = {topic.name for topic in topics}
        left = await self._unread(place for place in self._ends if place.topic in names)
        while left:
            batches = await self._consumer.getmany(
                *left, timeout_ms=TIMEOUT_MS, max_records=MAX_RECORDS
            )
            yield [
                record
                for place, records in batches.items()
                for record in records
                if record.offset < self._ends[place] and self._selection.covers(record.key)
            ]
            left = await self._unread(left)

    async def _unread(self, places: Iterable[TopicPartition]) -> list[TopicPartition]:
        position = self._consumer.position
        return [place for place in places if await position(place) < self._ends[place]]
