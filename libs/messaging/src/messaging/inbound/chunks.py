"""What one fetch brought of a partition, as one message to Faust.

Faust spends a tenth of a millisecond on each message, whatever is in it: two tasks, locks, a turn of
the event loop. A chunk costs that once. It is acknowledged when all of its records are, so what is
committed is the end of the last chunk before which nothing is open.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiokafka import ConsumerRecord
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP, ConsumerMessage

LONGEST = 500
"""Number of records of a chunk, at most: decoding so many holds the event loop for some milliseconds."""


class ChunkMessage(ConsumerMessage):
    """A chunk as a message; its offset is that of the last record."""

    __slots__ = ("records",)

    def __init__(self, tp: TP, records: Sequence[ConsumerRecord], generation_id: int) -> None:
        last = records[-1]
        super().__init__(
            topic=last.topic,
            partition=last.partition,
            offset=last.offset,
            timestamp=last.timestamp / 1000,
            timestamp_type=last.timestamp_type,
            headers=None,
            key=None,
            value=b"",
            checksum=None,
            tp=tp,
            generation_id=generation_id,
        )
        self.records = records


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Takes the place of a record among those that were fetched."""

    records: Sequence[ConsumerRecord]


class ChunkingConsumer(Consumer):
    """Faust's consumer, which hands on chunks; only changelogs of tables go on record by record."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._open: defaultdict[TP, deque[ChunkMessage]] = defaultdict(deque)

    async def _wait_next_records(self, timeout: float) -> tuple[Any, Any]:  # noqa: ASYNC109  # Faust's
        records, active = await super()._wait_next_records(timeout)
        return {
            tp: found if self._is_changelog_tp(tp) else [*self._chunks_of(tp, found)]
            for tp, found in (records or {}).items()
        }, active

    def _chunks_of(self, tp: TP, found: Sequence[ConsumerRecord]) -> Iterator[_Chunk]:
        """Cut what was fetched; what was read before is left out, as Faust does with records."""
        read: int | None = self._read_offset[tp]
        fresh = [record for record in found if read is None or record.offset >= read]
        for start in range(0, len(fresh), LONGEST):
            yield _Chunk(fresh[start : start + LONGEST])

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, _Chunk):
            return super()._to_message(tp, record)
        message = ChunkMessage(tp, record.records, self.app.consumer_generation_id)
        self._open[tp].append(message)
        return message

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (tp for tp in [*self._open] if not topics or tp in topics or tp.topic in topics)

    def _new_offset(self, tp: TP) -> int | None:
        """Give where the next member would resume: behind the chunks that are done with."""
        waiting, reached = self._open[tp], None
        while waiting and waiting[0].acked:
            reached = waiting.popleft().offset + 1
        # What Faust notes of single messages is not needed, and grows.
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return reached

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Note nothing: whether offsets are missing within chunks or between them is all the same."""

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget the chunks of partitions that others get."""
        for tp in revoked:
            self._open.pop(tp, None)
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Go back to what was committed; what is open will be fetched again."""
        self._open.clear()
        await super().perform_seek()


class Acknowledgement:
    """Acknowledges a chunk with the last of its records, in whatever order they are done with."""

    def __init__(
        self, records: Iterable[ConsumerRecord], acknowledge: Callable[[], object]
    ) -> None:
        self._left = {record.offset for record in records}
        self._acknowledge = acknowledge

    def of(self, record: ConsumerRecord) -> Callable[[], None]:
        """Give the acknowledgement of one record; repeated, it counts once."""
        return partial(self._note, record.offset)

    def _note(self, offset: int) -> None:
        if offset in self._left:
            self._left.remove(offset)
            if not self._left:
                self._acknowledge()
