"""The worker on a real broker: killed in the midst of a window, it has counted every fact once."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from events import OrderStatus, WindowCounts, encode
from events.topics import DASHBOARD_UPDATES, ORDER_STATUS_CHANGED
from messaging.reader import TopicReader

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]
DEADLINE_S = 60


class Board:
    """What the updates say together, as anybody would read them."""

    def __init__(self):
        self.newest = {}

    def hear(self, envelope):
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

    async def until(self, condition):
        async with asyncio.timeout(DEADLINE_S):
            while not condition(self.total):
                await asyncio.sleep(0.05)


@pytest.fixture
async def board(kafka):
    board = Board()
    reader = TopicReader(kafka, DASHBOARD_UPDATES, board.hear, from_beginning=False)
    reading = asyncio.create_task(reader.run())
    await asyncio.wait_for(reader.caught_up.wait(), DEADLINE_S)
    yield board
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def speaking(kafka):
    """Says facts on the order service's topic."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:

        async def say(*envelopes):
            for record in map(encode, envelopes):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=record.headers
                )

        yield say


async def until_acknowledged(kafka):
    """Wait until the group has nothing left to hear: after a restart the broker repeats nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    consumer = AIOKafkaConsumer(ORDER_STATUS_CHANGED.name, bootstrap_servers=kafka)
    await admin.start()
    async with consumer, asyncio.timeout(DEADLINE_S):
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while any(
            found[place].offset < end if place in found else end > 0
            for found in [await admin.list_consumer_group_offsets("analytics")]
            for place, end in ends.items()
        ):
            await asyncio.sleep(0.1)
    await admin.close()


async def test_a_worker_that_is_killed_in_a_window_goes_on_where_it_was(kafka, start, board, shop):
    now = datetime.now(UTC)
    orders = [shop.new_order() for _ in range(60)]
    placed = [shop.said(shop.change(order, at=now, units=2)) for order in orders]
    ended = [
        shop.said(shop.change(order, OrderStatus.COMPLETED, at=now, took_ms=80), sequence=2)
        for order in orders
    ]
    async with speaking(kafka) as say:
        worker = start()
        await say(*placed[:30])
        await board.until(lambda total: total.countries["ZZ"] > 0)
        await say(*placed[30:], *ended[:20])
        await until_acknowledged(kafka)
        await say(*ended[20:30])
        assert worker.end(worker.process.kill) < 0
        worker = start()
        # What is acknowledged is in the changelog only. Some of it is told once more at other places,
        # as after a relay's crash.
        await say(*placed[:10], *ended)
        await board.until(lambda total: total.revenue["XTS"] >= 60 * 250)
        await board.until(lambda _: all(one.closed for one in board.newest.values()))
        assert board.total.countries["ZZ"] == 60
        assert board.total.units["MUG"] == 120
        assert board.total.revenue["XTS"] == 60 * 250
        assert worker.end(worker.process.terminate) == 0
