"""When nothing can be handled the worker pauses, instead of emptying its topics into the dead letters."""

import asyncio

import desk
import pytest
from events import Record, encode
from messaging import Buffer, Processor
from messaging.inbound.breaker import (
    HOLD_MAX,
    HOLD_MAX_BYTES,
    LET_GO_AT_ONCE,
    TRIP_AFTER,
    Breaker,
    HeldBack,
)
from messaging.inbound.set_asides import SetAsides
from testkit import samples
from testkit.waiting import until

SET_ASIDE = TRIP_AFTER - 1
"""So many become dead letters before the pattern shows."""


@pytest.fixture
def processor(database, monkeypatch):
    monkeypatch.setattr("messaging.inbound.processor.PROBE_EVERY_S", 0.01)
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
    problem = await breaker.check()
    assert problem == "paused: the last 10 events could not be handled (RuntimeError: no)"
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
        desk.delivery_of(
            encode(samples.enveloped(samples.cancellation(samples.new_order()))), acknowledge
        )
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


def unreadable(many: int) -> list:
    """Records that no release of the desk can read, as they come from a topic."""
    return [
        desk.delivery_of(Record("order-placed", b"?", b"?", [("ce_type", b"?")]))
        for _ in range(many)
    ]


async def put_all(buffer, deliveries) -> None:
    for delivery in deliveries:
        await buffer.put(delivery)


@pytest.mark.postgres
@pytest.mark.parametrize("many", [700, HOLD_MAX + 3 * LET_GO_AT_ONCE])
async def test_however_many_cannot_be_read_in_a_row_what_follows_them_is_handled(
    database, processor, handling, many
):
    good = desk.deliveries(*(samples.cancellation(samples.new_order()) for _ in range(13)))
    putting = asyncio.create_task(put_all(handling, [*unreadable(many), *good]))

    async def are_set_aside():
        return await desk.counts(database, "papers", "dead_letters") == [13, many]

    await until("the good ones are handled, the others set aside", are_set_aside)
    await putting
    assert not processor.breaker.is_open
    assert processor.finished == many + 13


@pytest.mark.postgres
async def test_what_was_held_back_does_not_open_the_breaker_again(database, processor, handling):
    await put_all(handling, unreadable(60))
    await until("the breaker is open", lambda: processor.breaker.is_open)
    failed = []
    succeed = processor.breaker.succeeded

    def succeeded() -> None:
        succeed()
        processor.breaker.failed = failed.append

    processor.breaker.succeeded = succeeded
    await put_all(handling, desk.deliveries(samples.cancellation(samples.new_order())))

    async def are_set_aside():
        return await desk.count(database, "dead_letters") == 60

    await until("all are set aside", are_set_aside)
    assert failed == []


def test_what_is_held_back_is_bounded_in_number_and_in_size(monkeypatch):
    held = HeldBack()
    held.keep(unreadable(HOLD_MAX + 5))
    assert [len(held.take_surplus()), len(held)] == [6, HOLD_MAX - 1]
    held.take(HOLD_MAX)
    large = Record("order-placed", b"?", bytes(HOLD_MAX_BYTES // 4), [])
    held.keep(desk.delivery_of(large) for _ in range(5))
    assert [len(held.take_surplus()), len(held)] == [2, 3]


@pytest.mark.postgres
async def test_a_paused_worker_sets_aside_what_it_holds_on_request(database, processor, handling):
    set_asides = SetAsides(database, processor)
    insert = "INSERT INTO set_asides (reason, operator) VALUES ('a bad release', 'ann')"
    await database.execute(insert)  # before it is paused, so not meant for it
    await put_all(handling, unreadable(60))
    await until("the breaker is open", lambda: processor.breaker.is_open)
    await set_asides.look()
    assert processor.breaker.is_open
    await database.execute(insert)
    await set_asides.look()
    await set_asides.look()

    async def are_set_aside():
        return await desk.count(database, "dead_letters") == 60

    await until("all are set aside", are_set_aside)
    rows = await database.fetch("SELECT workers, held FROM set_asides ORDER BY id")
    assert [tuple(row) for row in rows] == [(0, 0), (1, 60 - SET_ASIDE)]
    assert processor.waits_for is None
