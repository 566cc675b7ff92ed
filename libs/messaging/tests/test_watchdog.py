"""A worker that should hear and does not is noticed by how far it and its group have come."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from events import encode
from events.topics import ORDER_PLACED
from messaging.outbox import OutboxRow
from messaging.publisher import Publisher
from messaging.watchdog import LOOKS, DeafError, Watchdog

PLACE = TopicPartition(ORDER_PLACED.name, 0)


@pytest.fixture
def worker():
    """What a watchdog sees of its worker; tests change it."""
    return {"finished": 0, "excuse": None}


@pytest.fixture
def agent():
    """What hears for the worker; tests change what it has heard."""
    return SimpleNamespace(
        handlers=SimpleNamespace(service="a-group-that-never-came"),
        topics=[ORDER_PLACED.name],
        buffer=SimpleNamespace(taken_in=0),
        heard={},
        held=set,
    )


@pytest.fixture
def watchdog(worker, agent, request):
    bootstrap = request.getfixturevalue("kafka") if "kafka" in request.keywords else "127.0.0.1:1"
    return Watchdog(
        bootstrap,
        agent,
        finished=lambda: worker["finished"],
        excuse=lambda: worker["excuse"],
    )


def look(watchdog, times, waiting=3, reached=7):
    for _ in range(times):
        watchdog.judge(waiting, {PLACE: reached})


def test_events_that_wait_for_too_many_looks_are_its_end(watchdog):
    look(watchdog, LOOKS)
    with pytest.raises(DeafError, match="3 events wait, and none was finished for 30 s"):
        look(watchdog, 1)


def test_one_finished_event_is_progress(watchdog, worker):
    for _ in range(4):
        look(watchdog, LOOKS)
        worker["finished"] += 1


def test_what_the_group_has_come_to_is_progress_even_if_others_made_it(watchdog):
    for reached in range(4):
        look(watchdog, LOOKS, reached=reached)


def test_nothing_to_do_is_no_deafness(watchdog):
    look(watchdog, 4 * LOOKS, waiting=0)


def test_what_nobody_of_the_group_has_heard_waits(watchdog):
    assert watchdog.waiting({PLACE: 10}, {}) == 10
    assert watchdog.waiting({PLACE: 10}, {PLACE: 7}) == 3
    assert watchdog.waiting({PLACE: 10}, {PLACE: 10}) == 0


def test_what_is_heard_and_not_finished_waits(watchdog, worker, agent):
    agent.heard[PLACE] = 10
    agent.buffer.taken_in = 10
    worker["finished"] = 8
    assert watchdog.waiting({PLACE: 10}, {PLACE: 7}) == 2


def test_what_is_finished_and_cannot_be_acknowledged_does_not_wait(watchdog, worker, agent):
    agent.heard[PLACE] = 10
    agent.buffer.taken_in = worker["finished"] = 10
    assert watchdog.waiting({PLACE: 10}, {PLACE: 7}) == 0
    assert watchdog.waiting({PLACE: 11}, {PLACE: 7}) == 1


def test_who_waits_for_the_database_or_the_breaker_is_not_deaf(watchdog, worker):
    worker["excuse"] = "the database"
    look(watchdog, 4 * LOOKS)
    worker["excuse"] = None
    with pytest.raises(DeafError):
        look(watchdog, LOOKS + 1)


@pytest.mark.kafka
async def test_it_counts_what_waits_at_the_broker(desk, kafka, watchdog, monkeypatch):
    monkeypatch.setattr("messaging.watchdog.LOOK_EVERY_S", 0.02)
    publisher = Publisher(kafka, "somebody")
    await publisher.publish([OutboxRow(1, encode(desk.said(desk.placed(desk.new_order()))))])
    with pytest.raises(DeafError, match=r"\d+ events wait"):
        await asyncio.wait_for(watchdog.run(), desk.DEADLINE_S)
    await publisher.stop()


async def test_a_broker_that_is_away_is_no_reason(watchdog, monkeypatch):
    monkeypatch.setattr("messaging.watchdog.LOOK_EVERY_S", 0.01)
    looked = asyncio.Event()

    async def look_on(_):
        looked.set()
        raise OSError("refused")

    monkeypatch.setattr(Watchdog, "_look_on", look_on)
    running = asyncio.create_task(watchdog.run())
    for _ in range(3 * LOOKS):
        await asyncio.wait_for(looked.wait(), 60)
        looked.clear()
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
