"""Deliveries gather for a moment, so that one transaction takes many."""

import asyncio
from types import SimpleNamespace

from messaging import Buffer, Delivery, MessageContext
from messaging.model import buffer as module
from testkit.waiting import TIMEOUT_S


def delivery(number: int) -> Delivery:
    return Delivery(fact=None, cause=MessageContext(correlation_id=str(number)))


def numbers(batch) -> list[int]:
    return [int(each.cause.correlation_id) for each in batch]


async def fill(buffer: Buffer, *places: int) -> None:
    for place in places:
        await buffer.put(delivery(place))


async def ripe(condition) -> None:
    """Let everything else that can run do so, until the condition holds."""
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():
            await asyncio.sleep(0)


async def test_a_batch_is_all_that_waits_in_order_of_arrival():
    buffer = Buffer()
    await fill(buffer, *range(20))
    assert numbers(await buffer.take()) == list(range(20))
    assert len(buffer) == 0


async def test_who_takes_from_an_empty_buffer_waits():
    buffer = Buffer()
    taking = asyncio.create_task(buffer.take())
    await asyncio.sleep(0)
    assert not taking.done()
    await fill(buffer, 1)
    assert numbers(await taking) == [1]


async def test_what_arrives_during_the_wait_for_company_comes_along(monkeypatch):
    buffer, lingering, enough = Buffer(), asyncio.Event(), asyncio.Event()

    async def linger(_):
        lingering.set()
        await enough.wait()

    monkeypatch.setattr(module, "asyncio", Sleepless(linger))
    taking = asyncio.create_task(buffer.take())
    await fill(buffer, 1)
    await lingering.wait()
    await fill(buffer, 2, 3)
    enough.set()
    assert numbers(await taking) == [1, 2, 3]


async def test_the_wait_grows_with_the_last_batch_up_to_its_limit(monkeypatch):
    waits = []

    async def note(delay):
        waits.append(delay)

    buffer = Buffer()
    monkeypatch.setattr(module, "asyncio", Sleepless(note))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0))
    for size in (1, 10, 400, 1):
        await fill(buffer, *range(size))
        assert len(await buffer.take()) == size
    assert waits[0] == module.LINGER_MIN_S
    assert waits == sorted(waits)
    assert waits[-1] == module.LINGER_MAX_S


async def test_a_full_batch_does_not_wait_and_is_not_exceeded(monkeypatch):
    async def refuse(_):
        raise AssertionError("waited for company")

    buffer = Buffer()
    await fill(buffer, *range(module.MAX_BATCH + 7))
    monkeypatch.setattr(module, "asyncio", Sleepless(refuse))
    assert numbers(await buffer.take()) == list(range(module.MAX_BATCH))
    assert len(buffer) == 7


async def test_a_full_buffer_makes_the_hearing_wait_until_there_is_room():
    buffer = Buffer(capacity=3)
    await fill(buffer, 0, 1, 2)
    late = [asyncio.create_task(fill(buffer, place)) for place in (3, 4)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in late)
    assert len(buffer) == 3
    assert numbers(await buffer.take()) == [0, 1, 2]
    await ripe(lambda: all(task.done() for task in late))
    assert numbers(await buffer.take()) == [3, 4]


async def test_however_many_put_at_once_the_capacity_is_kept():
    buffer, most, taken = Buffer(capacity=5), 0, []
    putting = [asyncio.create_task(fill(buffer, place)) for place in range(50)]
    while len(taken) < 50:
        await asyncio.sleep(0)
        most = max(most, len(buffer))
        taken += numbers(await buffer.take())
    await asyncio.gather(*putting)
    assert most <= 5
    assert taken == sorted(taken)


class Sleepless:
    """asyncio with another sleep."""

    def __init__(self, sleep) -> None:
        self.sleep = sleep

    def __getattr__(self, name):
        return getattr(asyncio, name)
