"""Load is offered at its times, whatever becomes of the requests before."""

import asyncio
import time

import pytest
from client import open_loop, steadily


def test_a_steady_load_has_its_times_in_advance():
    assert list(steadily(4, seconds=1)) == [0.0, 0.25, 0.5, 0.75]
    endless = steadily(10)
    assert [next(endless) for _ in range(3)] == [0.0, 0.1, 0.2]


async def test_no_request_waits_for_the_answer_to_another():
    all_sent = asyncio.Event()
    sent = []

    async def send(due: float) -> None:
        sent.append(due)
        if len(sent) == 5:
            all_sent.set()
        await all_sent.wait()  # a loop that waits for answers would never get here a second time

    late = await open_loop(steadily(1000, seconds=0.005), send)
    assert len(sent) == 5
    assert late >= 0


async def test_a_request_is_not_sent_before_its_time():
    early = []

    async def send(due: float) -> None:
        early.append(due - time.perf_counter())

    await open_loop([0.0, 0.02, 0.03], send)
    assert max(early) <= 0


async def test_how_late_a_load_was_offered_is_known():
    async def send(_due: float) -> None:
        time.sleep(0.03)  # noqa: ASYNC251  # a generator that is too slow for its load

    assert await open_loop([0.0, 0.002, 0.004], send) >= 0.02


async def test_whoever_makes_the_times_may_end_the_load():
    sent = []

    def until_two_are_sent():
        while len(sent) < 2:
            yield 0.01 * len(sent)

    async def send(due: float) -> None:
        sent.append(due)

    await asyncio.wait_for(open_loop(until_two_are_sent(), send), 60)
    assert len(sent) in (2, 3)


async def test_a_request_that_fails_ends_the_load():
    async def send(_due: float) -> None:
        raise ValueError("wrong")

    with pytest.raises(ExceptionGroup, match="unhandled errors"):
        await asyncio.wait_for(open_loop(steadily(1000), send), 60)
