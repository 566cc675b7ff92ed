"""What a fetch brings of a partition is one message to Faust, and committed once all of it is handled."""

from collections import defaultdict
from types import SimpleNamespace

import pytest
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st
from messaging.inbound import chunks
from messaging.inbound.chunks import Acknowledgement, ChunkingConsumer, ChunkMessage

PLACE, OTHER = TP("order-placed", 1), TP("order-placed", 2)


def records(*offsets):
    return [
        SimpleNamespace(
            topic=PLACE.topic, partition=1, offset=offset, timestamp=1_000, timestamp_type=0
        )
        for offset in offsets
    ]


@pytest.fixture
def consumer():
    """Faust's consumer as it is between two fetches; there is no broker behind it."""
    found = object.__new__(ChunkingConsumer)
    found.app = SimpleNamespace(
        consumer_generation_id=7, tables=SimpleNamespace(changelog_topics={"changelog"})
    )
    found._read_offset = defaultdict(lambda: None)
    found._acked, found._acked_index = defaultdict(list), defaultdict(set)
    found._open = defaultdict(chunks.deque)
    return found


def fetched(consumer, place, *offsets) -> list[ChunkMessage]:
    return [
        consumer._to_message(place, chunk)
        for chunk in consumer._chunks_of(place, records(*offsets))
    ]


def test_a_chunk_is_the_message_of_its_last_record(consumer):
    (message,) = fetched(consumer, PLACE, 3, 4, 6)
    assert [one.offset for one in message.records] == [3, 4, 6]
    assert (message.tp, message.offset, message.generation_id) == (PLACE, 6, 7)


def test_a_long_fetch_is_cut_and_what_was_read_is_left_out(consumer, monkeypatch):
    monkeypatch.setattr(chunks, "LONGEST", 2)
    consumer._read_offset[PLACE] = 5
    cut = fetched(consumer, PLACE, 3, 4, 5, 6, 7)
    assert [[one.offset for one in message.records] for message in cut] == [[5, 6], [7]]
    assert fetched(consumer, PLACE, 3, 4) == []


def test_what_is_committed_ends_before_the_first_chunk_that_is_open(consumer):
    first, second, third = (
        *fetched(consumer, PLACE, 1, 2),
        *fetched(consumer, PLACE, 5),
        *fetched(consumer, PLACE, 6),
    )
    second.acked = True
    assert consumer._new_offset(PLACE) is None
    first.acked = True
    assert consumer._new_offset(PLACE) == 6
    assert consumer._new_offset(PLACE) is None
    third.acked = True
    assert [*consumer._filter_tps_with_pending_acks()] == [PLACE]
    assert consumer._new_offset(PLACE) == 7


async def test_a_chunk_of_a_partition_that_another_member_got_is_forgotten(consumer, monkeypatch):
    async def revoked(self, places):
        """Do what Faust does, which is tested with a broker."""

    monkeypatch.setattr(chunks.Consumer, "on_partitions_revoked", revoked)
    (before,) = fetched(consumer, PLACE, 1)
    (kept,) = fetched(consumer, OTHER, 1)
    await consumer.on_partitions_revoked({PLACE})
    (after,) = fetched(consumer, PLACE, 1)
    before.acked = kept.acked = True
    assert (consumer._new_offset(PLACE), consumer._new_offset(OTHER)) == (None, 2)
    after.acked = True
    assert consumer._new_offset(PLACE) == 2


@given(st.permutations(range(5)), st.lists(st.integers(0, 4)))
def test_the_last_acknowledgement_of_all_is_that_of_the_chunk(order, repeated):
    done = []
    here = records(*range(5))
    chunk = Acknowledgement(here, lambda: done.append("all"))
    *others, last = order
    for number in (*others, *(one for one in repeated if one != last)):
        chunk.of(here[number])()
    assert done == []
    for _ in range(2):
        chunk.of(here[last])()
    assert done == ["all"]
