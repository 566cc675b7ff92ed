"""When nothing can be handled the worker pauses, instead of emptying its topics into the dead letters."""

import asyncio

import desk
import pytest
from events import encode
from messaging.breaker import TRIP_AFTER, Breaker
from messaging.buffer import Buffer
from messaging.processor import Processor
from testkit import samples
from testkit.waiting import until

SET_ASIDE = TRIP_AFTER - 1
"""So many become dead letters before the pattern shows."""


@pytest.fixture
def processor(database, monkeypatch):
    monkeypatch.setattr("messaging.processor.PROBE_EVERY_S", 0.01)
    return Processor(desk.handlers, desk.DeskWork, database, lambda _: None)


@pytest.fixture
def bug(monkeypatch):
    """A bug in all of the service; the fixture is how to repair it."""

    def broken(*_):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(desk.DeskWork, "of", broken)
        yield patch.undo


@pytest.fixture
async def handling(processor):
    """The buffer of a processor that runs."""
    buffer = Buffer()
    task = asyncio.create_task(processor.run(buffer))
    yield buffer
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_opens_after_so_many_failures_in_a_row_and_says_so():
    breaker = Breaker()
    for _ in range(SET_ASIDE):
        breaker.failed(RuntimeError("no"))
    assert not breaker.is_open
    assert await breaker.check() is None
    breaker.failed(RuntimeError("no"))
    assert breaker.is_open
    told = await breaker.check()
    assert told == "paused: the last 10 events could not be handled (RuntimeError: no)"
    breaker.succeeded()
    assert not breaker.is_open


def test_a_success_between_failures_keeps_it_closed():
    breaker = Breaker()
    for _ in range(5):
        for _ in range(SET_ASIDE):
            breaker.failed(RuntimeError("no"))
        breaker.succeeded()
    assert not breaker.is_open


@pytest.mark.postgres
async def test_a_poisoned_topic_is_held_back_and_not_acknowledged(database, processor, request):
    request.getfixturevalue("bug")
    batch = desk.deliveries(*(samples.cancellation(samples.new_order()) for _ in range(30)))
    held_back = await processor.process(batch)
    assert held_back == batch[SET_ASIDE:]
    assert await desk.counts(database, "dead_letters", "inbox") == [SET_ASIDE, SET_ASIDE]
    assert processor.waits_for == "the breaker"
    assert processor.finished == SET_ASIDE


@pytest.mark.postgres
async def test_once_it_is_repaired_all_that_was_held_back_is_handled(
    database, processor, handling, bug
):
    acknowledged = []
    batch = [
        desk.heard(encode(samples.said(samples.cancellation(samples.new_order()))), acknowledge)
        for acknowledge in [lambda: acknowledged.append(1)] * 30
    ]
    for delivery in batch:
        await handling.put(delivery)

    async def is_open():
        return processor.breaker.is_open

    await until("the breaker is open", is_open)
    bug()

    async def are_handled():
        return len(acknowledged) == len(batch)

    await until("all are handled", are_handled)
    assert await desk.counts(database, "papers", "dead_letters") == [30 - SET_ASIDE, SET_ASIDE]
    assert processor.waits_for is None


@pytest.mark.postgres
async def test_one_event_that_can_be_handled_is_enough_to_go_on(database, processor, handling):
    for _ in range(12):
        [delivery] = desk.deliveries(desk.poison(samples.new_order()))
        await handling.put(delivery)

    async def is_open():
        return processor.breaker.is_open

    await until("the breaker is open", is_open)
    [sound] = desk.deliveries(samples.cancellation(samples.new_order()))
    await handling.put(sound)

    async def are_set_aside():
        return await desk.count(database, "dead_letters") == 12

    await until("all are set aside", are_set_aside)
    assert await desk.count(database, "papers") == 1
    assert not processor.breaker.is_open
