"""What the client library cannot read is handed on as such, and everything else as it is."""

import gzip

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import READ_UNCOMMITTED
from events import UndecodableRecordError, decode
from hypothesis import given
from hypothesis import strategies as st
from reading.unreadable import Fetched, Partition
from testkit import raw_batches as raw
from testkit.raw_batches import Raw, batch

CHECKED = True
PLACE = TopicPartition("topic", 0)
GOOD = [Raw(b"k", b"value %d" % number, [(b"h", b"x"), (b"n", None)]) for number in range(3)]
NO_UTF8 = Raw(b"k", b"v", [(b"\xff\xfe", b"x")])


def read(data: bytes, begin: int = 0) -> tuple[list, int]:
    """What is handed on of fetched bytes, and where the next fetch begins."""
    options = (None, None, CHECKED, READ_UNCOMMITTED)
    partition = Partition(PLACE, Fetched(data), [], begin, *options)
    return list(partition), partition.next_fetch_offset


def shown(records: list) -> list[tuple[int, str]]:
    """The offset of each record, with its value, or why it cannot be read."""
    return [(one.offset, one.value.decode() if one.value else why(one)) for one in records]


def why(record) -> str:
    with pytest.raises(UndecodableRecordError) as refused:
        decode(record.headers, record.value)
    return str(refused.value)


def moved(data: bytes, offset: int) -> bytes:
    """The batch as a broker keeps it that has given it this offset."""
    return offset.to_bytes(8, "big") + data[8:]


def test_what_can_be_read_is_handed_on_as_it_is():
    records, following = read(batch(*GOOD) + moved(batch(*GOOD, codec=raw.GZIP), 3))
    assert [one.offset for one in records] == [0, 1, 2, 3, 4, 5]
    assert [one.value for one in records] == [one.value for one in GOOD] * 2
    assert records[0].headers == (("h", b"x"), ("n", None))
    assert following == 6


@pytest.mark.parametrize("codec", [0, raw.GZIP])
@pytest.mark.parametrize("at", range(4))
def test_a_bad_record_in_a_good_batch_is_the_only_one_that_is_not_read(at, codec):
    headers = [*GOOD[:at], NO_UTF8, *GOOD[at:]]
    records, following = read(batch(*headers, codec=codec))
    expected = [(number, one.value.decode()) for number, one in enumerate(headers)]
    expected[at] = (at, "the record cannot be read: the name of a header is not UTF-8")
    assert shown(records) == expected
    assert following == 4


BATCHES = {
    "its checksum is wrong": (raw.with_wrong_checksum, "the checksum of its batch is wrong"),
    "a codec that no client has": (
        raw.with_codec_of_nobody,
        "UnsupportedCodecError: Unknown compression codec 0x07",
    ),
}


@pytest.mark.parametrize(("change", "reason"), BATCHES.values(), ids=BATCHES)
def test_a_batch_that_cannot_be_read_is_one_record_and_what_follows_it_is_read(change, reason):
    data = change(batch(*GOOD)) + moved(batch(*GOOD), 3)
    records, following = read(data)
    assert shown(records)[0] == (0, f"the records 0 to 2 cannot be read: {reason}")
    assert [one.offset for one in records[1:]] == [3, 4, 5]
    assert following == 6


def test_in_the_middle_of_a_batch_that_cannot_be_read_the_rest_of_it_is():
    data = raw.with_wrong_checksum(batch(*GOOD))
    records, following = read(data, begin=1)
    assert [one.offset for one in records] == [1]
    assert following == 3


@pytest.mark.parametrize("codec", [0, raw.GZIP])
def test_a_batch_that_says_it_has_more_than_it_has_is_read_as_far_as_it_goes(codec):
    records, following = read(raw.with_too_many(batch(*GOOD, codec=codec)))
    assert [one.offset for one in records] == [0, 1, 2]
    assert following == 3


def test_of_a_batch_that_is_cut_off_there_is_what_is_whole():
    records, following = read(raw.cut_off(batch(*GOOD)) + moved(batch(*GOOD), 3))
    assert [one.offset for one in records] == [0, 1, 2, 3, 4, 5]
    assert [one.offset for one in records if why_or_none(one).count("cannot be read")] == [1, 2]
    assert following == 6


def test_a_body_that_does_not_decompress_is_one_record():
    records, following = read(raw.batch_of(gzip.compress(b"x" * 999)[:20], 3, raw.GZIP))
    assert [one.offset for one in records] == [0]
    assert "the records 0 to 2 cannot be read" in why(records[0])
    assert following == 3


def test_the_last_batch_of_a_fetch_that_was_cut_off_comes_with_the_next():
    whole = batch(*GOOD)
    records, following = read(whole + moved(whole, 3)[:-1])
    assert [one.offset for one in records] == [0, 1, 2]
    assert following == 3


@pytest.mark.parametrize("length", [-1, 0, 48, 2**31 - 1])
def test_a_batch_whose_length_is_nonsense_is_one_record(length):
    data = batch(*GOOD)
    records, following = read(data[:8] + length.to_bytes(4, "big", signed=True) + data[12:])
    assert [one.offset for one in records] == [0]
    assert following == 3


@given(st.integers(0, 200), st.integers(1, 255))
def test_whatever_byte_is_changed_nothing_is_raised_and_the_next_batch_is_read(at, change):
    data = bytearray(batch(*GOOD, NO_UTF8))
    data[raw.FRAME + at % (len(data) - raw.FRAME)] ^= change
    records, following = read(bytes(data) + moved(batch(*GOOD), 4))
    assert [one.offset for one in records][-3:] == [4, 5, 6]
    assert {one.offset for one in records[:-3]} <= {0, 1, 2, 3}
    assert following == 7


@given(st.binary(max_size=300), st.integers(1, 5))
def test_whatever_a_batch_holds_it_is_read_to_its_end(body, count):
    records, following = read(raw.batch_of(body, count))
    assert following == count
    assert all(0 <= one.offset < count for one in records if why_or_none(one))


def why_or_none(record) -> str | None:
    try:
        decode(record.headers, record.value)
    except UndecodableRecordError as error:
        return str(error)
    return None
