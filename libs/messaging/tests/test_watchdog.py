"""A worker that should consume and does not is noticed by how far it and its group have come."""

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from events import encode
from events.topics import ORDER_PLACED
from messaging import OutboxRow, Publisher, Watchdog
from messaging.runtime.watchdog import LOOKS, LOOKS_TO_JOIN, StalledConsumerError
from testkit import samples
from testkit.waiting import TIMEOUT_S

PLACE = TopicPartition(ORDER_PLACED.name, 0)


@pytest.fixture
def worker():
    """What a watchdog sees of its worker; tests change it."""
    return {"finished": 0, "excuse": None}


@pytest.fixture
def agent():
    """What consumes for the worker; tests change what it has consumed."""
    return SimpleNamespace(
        handlers=SimpleNamespace(service="a-group-that-never-came"),
        topics=[ORDER_PLACED.name],
        buffer=SimpleNamespace(taken_in=0),
        positions={},
        assigned=set,
        is_member=is_member,
    )


async def is_member():
    """One that has its place."""


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
    with pytest.raises(StalledConsumerError, match="3 events wait, and none was finished for 30 s"):
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


def test_what_nobody_of_the_group_has_consumed_waits(watchdog):
    assert watchdog.waiting({PLACE: 10}, {}) == 10
    assert watchdog.waiting({PLACE: 10}, {PLACE: 7}) == 3
    assert watchdog.waiting({PLACE: 10}, {PLACE: 10}) == 0


def test_what_is_consumed_and_not_finished_waits(watchdog, worker, agent):
    agent.positions[PLACE] = 10
    agent.buffer.taken_in = 10
    worker["finished"] = 8
    assert watchdog.waiting({PLACE: 10}, {PLACE: 7}) == 2


def test_what_is_finished_and_cannot_be_acknowledged_does_not_wait(watchdog, worker, agent):
    agent.positions[PLACE] = 10
    agent.buffer.taken_in = worker["finished"] = 10
    assert watchdog.waiting({PLACE: 10}, {PLACE: 7}) == 0
    assert watchdog.waiting({PLACE: 11}, {PLACE: 7}) == 1


def test_who_waits_for_the_database_or_the_breaker_is_not_deaf(watchdog, worker):
    worker["excuse"] = "the database"
    look(watchdog, 4 * LOOKS)
    worker["excuse"] = None
    with pytest.raises(StalledConsumerError):
        look(watchdog, LOOKS + 1)


@pytest.mark.kafka
async def test_it_counts_what_waits_at_the_broker(kafka, watchdog, monkeypatch):
    monkeypatch.setattr("messaging.runtime.watchdog.LOOK_EVERY_S", 0.02)
    publisher = Publisher(kafka, "somebody")
    await publisher.publish(
        [OutboxRow(1, encode(samples.enveloped(samples.placed(samples.new_order()))))]
    )
    with pytest.raises(StalledConsumerError, match=r"\d+ events wait"):
        await asyncio.wait_for(watchdog.run(), TIMEOUT_S)
    await publisher.stop()


def test_a_worker_that_gets_no_place_in_its_group_is_restarted(watchdog):
    for _ in range(LOOKS_TO_JOIN):
        watchdog.judge_membership("no partitions assigned yet")
    with pytest.raises(StalledConsumerError, match="no partitions assigned yet, for 60 s"):
        watchdog.judge_membership("no partitions assigned yet")


def test_a_place_in_the_group_ends_the_count(watchdog):
    for lacks in (LOOKS_TO_JOIN * ["no partitions assigned yet"] + [None]) * 2:
        watchdog.judge_membership(lacks)


@pytest.mark.kafka
async def test_it_asks_whether_the_worker_has_its_place(kafka, watchdog, agent, monkeypatch):
    monkeypatch.setattr("messaging.runtime.watchdog.LOOK_EVERY_S", 0.02)

    async def has_none():
        return "no partitions assigned yet"

    agent.is_member, agent.topics = has_none, []
    with pytest.raises(StalledConsumerError, match="though the broker answers"):
        await asyncio.wait_for(watchdog.run(), TIMEOUT_S)


async def test_a_broker_that_is_away_is_no_reason(watchdog, monkeypatch):
    monkeypatch.setattr("messaging.runtime.watchdog.LOOK_EVERY_S", 0.01)
    looked = asyncio.Event()

    async def look_on(_):
        looked.set()
        raise OSError("refused")

    monkeypatch.setattr(Watchdog, "_look_on", look_on)
    running = asyncio.create_task(watchdog.run())
    for _ in range(3 * LOOKS):
        await asyncio.wait_for(looked.wait(), TIMEOUT_S)
        looked.clear()
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
