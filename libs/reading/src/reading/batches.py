"""A batch of records that the client library does not read to its end: what of it can be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any

from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.util import decode_varint_py as decode_varint
from events.wire import UNREADABLE

HEADER = Struct(">qiibIhiqqqhii")
"""Offset, length, epoch, magic, checksum, attributes, last offset's delta, first and last time,
producer's id, epoch and sequence, number of records: https://kafka.apache.org/documentation/#recordbatch"""
YEAR_9999_MS = 253_402_300_799_999


@dataclass(frozen=True, slots=True)
class StandIn:
    """A record in the place of one or several that cannot be read; its one header says why."""

    offset: int
    timestamp: int
    headers: tuple[tuple[str, bytes], ...]
    timestamp_type: int = 0
    key: None = None
    value: None = None
    checksum: None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """Offsets of a batch, and when it was made, as far as its header can be believed."""

    first: int
    last: int
    made_at_ms: int

    @classmethod
    def of(cls, frame: memoryview, wanted_from: int, following: int | None) -> "Extent":
        """Read it from the batch's header.

        `following` is where the next batch begins, if that is known: it is surer than a header that
        may be what is wrong. The last offset is never before `wanted_from`, or the batch would be
        fetched again and again.
        """
        told = HEADER.unpack(bytes(frame[: HEADER.size]).ljust(HEADER.size, b"\0"))
        first, delta, made_at_ms, count = told[0], told[6], told[7], told[12]
        if following is not None:
            last = following - 1
        elif 0 <= delta < max(count, len(frame)):
            last = first + delta
        else:
            last = first + max(0, min(count, len(frame)) - 1)
        made_at_ms = made_at_ms if 0 <= made_at_ms <= YEAR_9999_MS else 0
        return cls(first, max(first, last, wanted_from), made_at_ms)

    def stand_in(self, offset: int, reason: str, last: int | None = None) -> StandIn:
        """Return what is handed on in the place of the record at `offset`, or of all up to `last`."""
        many = last is not None and last > offset
        which = f"the records {offset} to {last}" if many else "the record"
        told = f"{which} cannot be read: {reason}".encode()
        return StandIn(offset, self.made_at_ms, ((UNREADABLE, told),))


def read_leniently(frame: memoryview, extent: Extent, begin: int) -> Iterator[Any]:
    """Yield the records of a batch from the one with the number `begin` on, with stand-ins among them."""
    batch = _DefaultRecordBatchPy(frame)
    reached = extent.first - 1
    try:
        iter(batch)  # decompresses it
        for number in range(batch._num_records):  # noqa: SLF001
            record = _next(batch, extent, number)
            reached = max(reached, record.offset)
            if number >= begin:
                yield record
        reason = "the batch ends before them"
    except Exception as error:
        reason = fault(error)
    if reached < extent.last:
        yield extent.stand_in(reached + 1, reason, extent.last)


def _next(batch: Any, extent: Extent, number: int) -> Any:
    """Return the next record, or what stands in for it; the batch is read on behind it either way."""
    buffer = batch._buffer  # noqa: SLF001
    length, begin = decode_varint(buffer, batch._pos)  # noqa: SLF001
    if not 0 < length <= len(buffer) - begin:
        raise ValueError("it is longer than its batch")
    try:
        # The default, in C, reads on behind the end of what it is given.
        return batch._read_msg(decode_varint)  # noqa: SLF001
    except Exception as error:
        return extent.stand_in(_offset(buffer, begin, extent, number), fault(error))
    finally:
        batch._pos = begin + length  # noqa: SLF001


def _offset(buffer: bytearray, begin: int, extent: Extent, number: int) -> int:
    """Return where in its topic a record is of which not all can be read."""
    try:
        _, delta_at = decode_varint(buffer, begin + 1)  # behind the attributes comes the time
        delta, _ = decode_varint(buffer, delta_at)
    except (IndexError, ValueError):
        delta = number
    return min(extent.last, extent.first + max(int(delta), number))


def fault(error: Exception) -> str:
    """Return what is wrong, in words for a log line."""
    if isinstance(error, UnicodeDecodeError):
        return "the name of a header is not UTF-8"
    if isinstance(error, IndexError):
        return "it ends too early"
    return str(error) or type(error).__name__
