"""The worker on a real broker: killed in the midst of a window, it has counted every fact once."""

import asyncio
import signal
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from countable import change
from events import OrderStatus, WindowCounts
from events.topics import DASHBOARD_UPDATES, ORDER_STATUS_CHANGED
from messaging import TopicReader
from testkit.publishing import publish
from testkit.samples import enveloped, new_order
from testkit.waiting import TIMEOUT_S, until

pytestmark = pytest.mark.kafka


class Board:
    """What the updates say together, as anybody would read them."""

    def __init__(self):
        self.newest = {}

    def consume(self, envelope):
        update = envelope.event
        place = update.window_start, update.partition
        known = self.newest.get(place)
        if known is None or known.revision <= update.revision:
            self.newest[place] = update

    @property
    def total(self):
        total = WindowCounts()
        for update in self.newest.values():
            total.add(WindowCounts.of(update))
        return total

    async def until(self, what, condition):
        await until(what, lambda: condition(self.total))


@pytest.fixture
async def board(kafka):
    board = Board()
    reader = TopicReader(kafka, DASHBOARD_UPDATES, board.consume, from_beginning=False)
    reading = asyncio.create_task(reader.run())
    await asyncio.wait_for(reader.caught_up.wait(), TIMEOUT_S)
    yield board
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def until_acknowledged(kafka):
    """Wait until the group has nothing left to consume: after a restart the broker repeats nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    consumer = AIOKafkaConsumer(ORDER_STATUS_CHANGED.name, bootstrap_servers=kafka)
    await admin.start()
    async with consumer:
        ends = await consumer.end_offsets(list(consumer.assignment()))

        async def nothing_is_left() -> bool:
            found = await admin.list_consumer_group_offsets("analytics")
            return all(
                found[place].offset >= end if place in found else end == 0
                for place, end in ends.items()
            )

        await until("the group has consumed all", nothing_is_left)
    await admin.close()


async def test_a_worker_that_is_killed_in_a_window_goes_on_where_it_was(kafka, start, board):
    now = datetime.now(UTC)
    orders = [new_order() for _ in range(60)]
    placed = [enveloped(change(order, at=now, units=2)) for order in orders]
    ended = [
        enveloped(change(order, OrderStatus.COMPLETED, at=now, took_ms=80), sequence=2)
        for order in orders
    ]
    worker = start()
    await publish(kafka, *placed[:30])
    await board.until("an order is counted", lambda total: total.countries["ZZ"] > 0)
    await publish(kafka, *placed[30:], *ended[:20])
    await until_acknowledged(kafka)
    await publish(kafka, *ended[20:30])
    assert worker.stop(signal.SIGKILL) < 0
    worker = start()
    # What is acknowledged is in the changelog only. Some of it is told once more at other places,
    # as after a relay's crash.
    await publish(kafka, *placed[:10], *ended)
    await board.until("all revenue is counted", lambda total: total.revenue["TOP"] >= 60 * 250)
    await board.until(
        "every window is closed", lambda _: all(one.closed for one in board.newest.values())
    )
    assert board.total.countries["ZZ"] == 60
    assert board.total.units["MUG"] == 120
    assert board.total.revenue["TOP"] == 60 * 250
    assert worker.stop() == 0
