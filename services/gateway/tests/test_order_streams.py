"""One queue for both kinds of streams, and the streams of orders over it."""

import pytest
from gateway.problems.problem import ProblemError
from gateway.shares import Shares
from gateway.streams.changes import Change
from gateway.streams.fan_out import OrderStreams
from gateway.streams.order_stream import MAX_UNREAD
from gateway.streams.protocol import DONE, GOING_AWAY, TOO_SLOW, Message, StreamEndedError
from gateway.streams.queue import StreamQueue

STEP = {"reason": None, "changed_at": "2026-01-01T00:00:00Z"}
LIMIT = 3


class History:
    """An order's history as the order service tells it, or does not."""

    def __init__(self, *statuses: str) -> None:
        self.statuses = statuses
        self.reads = 0
        self.available = True

    async def read(self) -> dict[str, object]:
        self.reads += 1
        if not self.available:
            raise ProblemError("order_service_unavailable", "Away.")
        steps = [
            {**STEP, "sequence": number, "status": status}
            for number, status in enumerate(self.statuses, 1)
        ]
        return {"id": "o", "history": steps}


def change(sequence: int, *, is_final: bool = False) -> Change:
    return Change(sequence, is_final, Message("n", "{}", sequence))


def taken(queue: StreamQueue[str]) -> list[str]:
    found = []
    while (one := queue.take()) is not None:
        found.append(one)
    return found


def test_each_item_is_taken_once_in_order_whatever_way_it_came() -> None:
    queue: StreamQueue[str] = StreamQueue(LIMIT, taken=1)
    for position in (3, 1, 3, 4):
        queue.add(position, str(position))
    assert queue.has_gap
    assert taken(queue) == []
    queue.fill_in([(1, "1"), (2, "2"), (3, "3")])
    assert taken(queue) == ["2", "3", "4"]
    queue.add(4, "4")
    assert not queue.has_gap
    assert taken(queue) == []


def test_a_reader_that_takes_nothing_is_ended_and_nothing_is_kept_for_it() -> None:
    queue: StreamQueue[str] = StreamQueue(LIMIT)
    for position in range(1, LIMIT + 1):
        queue.add(position, "")
    assert queue.ending is None
    queue.add(LIMIT + 1, "")
    assert queue.ending == TOO_SLOW
    queue.add(LIMIT + 2, "")
    assert taken(queue) == []


def test_a_history_may_be_longer_than_what_may_wait() -> None:
    queue: StreamQueue[str] = StreamQueue(LIMIT)
    queue.fill_in((position, "") for position in range(1, LIMIT + 3))
    assert len(taken(queue)) == LIMIT + 2
    assert queue.ending is None


def test_only_so_many_streams_may_open_and_none_once_the_process_stops() -> None:
    streams, read = OrderStreams(Shares(1, 1)), History().read
    first = streams.open("o", 0, read)
    with pytest.raises(ProblemError, match="as many streams"):
        streams.open("p", 0, read)
    first.close()
    first.close()
    second = streams.open("p", 0, read)
    streams.release()
    assert second.ending == GOING_AWAY
    second.close()
    with pytest.raises(ProblemError):
        streams.open("o", 0, read)
    assert not streams._open


async def test_a_slow_reader_of_an_order_loses_its_stream() -> None:
    stream = OrderStreams(Shares(1, 1)).open("o", 0, History().read)
    for sequence in range(1, MAX_UNREAD + 2):
        stream.add(change(sequence))
    with pytest.raises(StreamEndedError) as ended:
        await stream.next()
    assert ended.value.ending == TOO_SLOW


async def test_live_changes_and_history_meet_each_once_and_in_order() -> None:
    history = History("accepted", "authorized", "reserved")
    stream = OrderStreams(Shares(1, 1)).open("o", 1, history.read)
    stream.add(change(3))
    await stream.read_history()
    stream.add(change(4))
    stream.add(change(5, is_final=True))
    assert [(await stream.next()).position for _ in range(4)] == [2, 3, 4, 5]
    with pytest.raises(StreamEndedError) as ended:
        await stream.next()
    assert ended.value.ending == DONE


async def test_a_gap_has_the_history_read_again() -> None:
    history = History("accepted")
    stream = OrderStreams(Shares(1, 1)).open("o", 0, history.read)
    assert (await stream.next()).position == 1
    history.statuses = ("accepted", "authorized", "reserved")
    stream.add(change(3))
    assert [(await stream.next()).position for _ in range(2)] == [2, 3]
    assert history.reads == 2


async def test_a_stream_goes_on_live_while_its_history_cannot_be_read() -> None:
    history = History()
    history.available = False
    stream = OrderStreams(Shares(1, 1)).open("o", 0, history.read)
    with pytest.raises(ProblemError):
        await stream.read_history()
    stream.add(change(1))
    assert (await stream.next()).position == 1
    assert stream.ending is None


async def test_a_reader_that_comes_after_the_end_of_an_order_is_not_kept() -> None:
    stream = OrderStreams(Shares(1, 1)).open("o", 1, History("cancelled").read)
    await stream.read_history()
    assert stream.ending == DONE
