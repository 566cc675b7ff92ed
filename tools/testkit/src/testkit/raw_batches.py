"""Record batches made byte by byte, for what no client library would write, and no broker take."""

import gzip
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import time

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import for_code
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.util import calc_crc32c, encode_varint

HEADER = struct.Struct(">qiibIhiqqqhii")
FRAME, CHECKED_FROM, CHECKSUM_AT, CODEC_AT, COUNT_AT = 12, 21, 17, 22, 57
GZIP, NOBODYS = 1, 7
SEGMENT = "00000000000000000000.log"


@dataclass(frozen=True, slots=True)
class Raw:
    """A record whose headers have names that may be any bytes."""

    key: bytes | None = None
    value: bytes | None = None
    headers: Sequence[tuple[bytes, bytes | None]] = field(default=())

    def encoded(self, number: int) -> bytes:
        """Return its bytes as the record of this number in a batch."""
        body = b"\0" + _varint(0) + _varint(number) + _sized(self.key) + _sized(self.value)
        body += _varint(len(self.headers))
        body += b"".join(_sized(name) + _sized(value) for name, value in self.headers)
        return _varint(len(body)) + body


def batch(*records: Raw, codec: int = 0) -> bytes:
    """Put records into a batch; those of GZIP are compressed."""
    body = b"".join(one.encoded(number) for number, one in enumerate(records))
    return batch_of(gzip.compress(body) if codec == GZIP else body, len(records), codec)


def batch_of(body: bytes, count: int, codec: int = 0) -> bytes:
    """Make a batch of so many records, whatever their bytes are."""
    now = int(time() * 1000)
    length = HEADER.size - FRAME + len(body)
    header = (0, length, -1, 2, 0, codec, count - 1, now, now, -1, -1, -1, count)
    return checked(HEADER.pack(*header) + body)


def checked(data: bytes) -> bytes:
    """Give a batch the checksum that fits it."""
    checksum = struct.pack(">I", calc_crc32c(data[CHECKED_FROM:]))
    return data[:CHECKSUM_AT] + checksum + data[CHECKED_FROM:]


def with_wrong_checksum(data: bytes) -> bytes:
    """Change its last byte, as a disk may."""
    return data[:-1] + bytes([data[-1] ^ 1])


def with_codec_of_nobody(data: bytes) -> bytes:
    """Say that it is compressed in a way that does not exist."""
    return checked(data[:CODEC_AT] + bytes([NOBODYS]) + data[CODEC_AT + 1 :])


def with_too_many(data: bytes) -> bytes:
    """Say that there are more records than there are."""
    (count,) = struct.unpack_from(">i", data, COUNT_AT)
    return checked(data[:COUNT_AT] + struct.pack(">i", count + 1) + data[COUNT_AT + 4 :])


def cut_off(data: bytes) -> bytes:
    """Let its second half be zeros, as after a loss of power."""
    half = (HEADER.size + len(data)) // 2
    return checked(data[:half] + bytes(len(data) - half))


async def produce(bootstrap: str, topic: str, partition: int, *batches: bytes) -> list[int]:
    """Hand batches to the broker as they are; gives the offset of each one's first record.

    Raises:
        KafkaError: the broker does not take one.
    """
    offsets = []
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.partitions_for(topic)
        leader = producer.client.cluster.leader_for_partition(TopicPartition(topic, partition))
        for data in batches:
            request = ProduceRequest(None, -1, 10_000, [(topic, [(partition, data)])])
            answer = await producer.client.send(leader, request)
            [(_, [(_, code, offset, *_)])] = answer.topics
            if code:
                raise for_code(code)
            offsets.append(offset)
    return offsets


def spoil(
    data_folder: Path, place: TopicPartition, offset: int, change: Callable[[bytes], bytes]
) -> None:
    """Change a batch where it lies on a broker's disk. What it is read by asks for no checksum."""
    segment = data_folder / f"{place.topic}-{place.partition}" / SEGMENT
    with segment.open("r+b") as file:
        while True:
            start = file.tell()
            first, length = struct.unpack(">qi", file.read(FRAME))
            if first == offset:
                break
            file.seek(length, 1)
        file.seek(start)
        changed = change(file.read(FRAME + length))
        file.seek(start)
        file.write(changed[: FRAME + length])


def _varint(number: int) -> bytes:
    written = bytearray()
    encode_varint(number, written.append)
    return bytes(written)


def _sized(data: bytes | None) -> bytes:
    return _varint(-1) if data is None else _varint(len(data)) + data
