"""Records that the client library cannot read: handed on as records without value that say why.

aiokafka raises inside of the fetch, so its consumer would never get past such a record. Here
whatever can be read is read, and what cannot has a stand-in at its own offset, which `events.decode`
refuses with the reason. So all who read a topic go on behind it.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch

from reading.batches import HEADER, Extent, fault, read_leniently

FRAME = Struct(">qi")
"""How every batch begins: with its first offset, and how many bytes follow."""
MAGIC_AT, LEGACY = 16, 2
LEAST = HEADER.size - FRAME.size
WRONG_CHECKSUM = "the checksum of its batch is wrong"


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka has no types here
    """A consumer that hands on what cannot be read, instead of ending with it."""

    def __init__(self, *topics: str, **options: Any) -> None:
        hand_on_unreadable()
        super().__init__(*topics, **options)


def hand_on_unreadable() -> None:
    """Let all consumers of this process hand on what cannot be read, Faust's included.

    aiokafka makes new ones for whatever it has fetched; that is the one place where they are named.
    """
    fetcher.MemoryRecords = Fetched
    fetcher.PartitionRecords = Partition


class Partition(fetcher.PartitionRecords):  # type: ignore[misc]
    """aiokafka's way through what was fetched; the batches are told from where on they are wanted."""

    def __init__(
        self, place: Any, records: "Fetched", aborted: Any, fetch_offset: int, *more: Any
    ) -> None:
        records.wanted_from = fetch_offset
        super().__init__(place, records, aborted, fetch_offset, *more)


class Fetched:
    """Answer of a broker for one partition, batch by batch."""

    def __init__(self, data: bytes) -> None:
        self._size = len(data)
        frames = list(_frames(memoryview(data)))
        begins: list[int | None] = [FRAME.unpack_from(frame)[0] for frame in frames[1:]]
        self._left = list(zip(frames, [*begins, None], strict=False))[::-1]
        self.wanted_from = 0

    def size_in_bytes(self) -> int:
        """Return how much it is."""
        return self._size

    def has_next(self) -> bool:
        """Return whether there is another batch."""
        return bool(self._left)

    def next_batch(self) -> "Batch":
        """Return the next batch, whatever is in it."""
        frame, following = self._left.pop()
        return Batch(frame, self.wanted_from, following)


class Batch:
    """One batch as aiokafka's fetcher asks for it, with stand-ins for what it cannot read."""

    def __init__(self, frame: memoryview, wanted_from: int, following: int | None) -> None:
        self._frame, self._following = frame, following
        self._wanted_from = wanted_from
        self._batch: Any = None
        self._fault: str | None = None
        try:
            self._batch = _opened(frame)
            self._fault = None if self._batch.validate_crc() else WRONG_CHECKSUM
        except Exception as error:
            self._fault = fault(error)

    def validate_crc(self) -> bool:
        """Accept every batch: one whose checksum is wrong has a stand-in."""
        return True

    @property
    def base_offset(self) -> int:
        """The offset of its first record."""
        return self._extent().first

    @property
    def next_offset(self) -> int:
        """Where the next batch begins."""
        return self._extent().last + 1 if self._fault else int(self._batch.next_offset)

    @property
    def producer_id(self) -> int | None:
        """Whose transaction it may belong to."""
        return None if self._fault else self._batch.producer_id

    @property
    def is_control_batch(self) -> bool:
        """Whether it holds no records of anybody's, but a broker's mark."""
        return not self._fault and bool(self._batch.is_control_batch)

    @property
    def is_transactional(self) -> bool:
        """Whether its producer may still have taken it back."""
        return not self._fault and bool(self._batch.is_transactional)

    def __next__(self) -> Any:
        return next(self._batch)  # a control batch's mark

    def __iter__(self) -> Iterator[Any]:
        if self._fault:
            extent = self._extent()
            begin = max(extent.first, self._wanted_from)
            yield extent.stand_in(begin, self._fault, extent.last)
            return
        handed_on = 0
        try:
            for record in self._batch:
                yield record
                handed_on += 1
        except Exception:
            yield from read_leniently(self._frame, self._extent(), handed_on)

    def _extent(self) -> Extent:
        return Extent.of(self._frame, self._wanted_from, self._following)


def _frames(data: memoryview) -> Iterator[memoryview]:
    """Yield the batches, still shut. What the last one lacks comes with the next fetch."""
    begin = 0
    while len(data) - begin >= FRAME.size:
        _, length = FRAME.unpack_from(data, begin)
        end = begin + FRAME.size + length
        if length < LEAST:
            yield data[begin:]  # it is unknown where the next one begins
            return
        if end > len(data):
            if begin == 0:
                yield data  # brokers send at least one whole batch, however large it is
            return
        yield data[begin:end]
        begin = end


def _opened(frame: memoryview) -> Any:
    """Open aiokafka's own batch.

    Raises:
        ValueError: it is not whole.
    """
    _, length = FRAME.unpack_from(frame)
    if length < LEAST or FRAME.size + length > len(frame):
        raise ValueError("its batch is cut off")
    magic = frame[MAGIC_AT]
    whole = bytes(frame)
    return LegacyRecordBatch(whole, magic) if magic < LEGACY else DefaultRecordBatch(whole)
