import asyncio

from gateway.reads.long_poll import LongPoll
from gateway.reads.representations import Document
from gateway.shares import Shares
from testkit.samples import ORDER, changed, enveloped


class Order:
    """An order whose status can be read."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.reads = 0
        self.was_read = asyncio.Event()

    async def read(self) -> Document | None:
        self.reads += 1
        self.was_read.set()
        return {"status": self.status}


async def read_once(order: Order) -> None:
    await order.was_read.wait()


async def test_a_waiter_is_woken_by_the_end_and_not_before() -> None:
    long_poll, order = LongPoll(Shares(1, 1)), Order("accepted")
    waiting = asyncio.create_task(long_poll.until_final(ORDER, 10, order.read))
    await read_once(order)
    long_poll.consume(enveloped(changed("shipped")))
    await asyncio.sleep(0)
    assert order.reads == 1
    order.status = "completed"
    long_poll.consume(enveloped(changed("completed")))
    assert await waiting == {"status": "completed"}


async def test_an_order_that_had_ended_before_is_not_waited_for() -> None:
    assert await LongPoll(Shares(1, 1)).until_final(ORDER, 10, Order("cancelled").read) is not None


async def test_a_wait_ends_with_its_time_and_leaves_nothing_behind() -> None:
    long_poll = LongPoll(Shares(1, 1))
    assert await long_poll.until_final(ORDER, 0.01, Order("held").read) is None
    assert long_poll.has_room()
    assert not long_poll._waiting


async def test_only_so_many_may_wait() -> None:
    long_poll, order = LongPoll(Shares(1, 1)), Order("accepted")
    waiting = asyncio.create_task(long_poll.until_final(ORDER, 10, order.read))
    await read_once(order)
    assert not long_poll.has_room()
    long_poll.release()
    assert await waiting is None
    assert not long_poll.has_room()
