"""What was heard and not acknowledged is heard again after partitions were handed round."""

import uuid

import pytest
from events import encode
from messaging import Handlers
from messaging.app import create_app, follow
from messaging.outbox import OutboxRow
from messaging.publisher import Publisher

pytestmark = pytest.mark.kafka


@pytest.fixture
async def agent(desk, kafka, monkeypatch):
    """A service that nobody knows yet, so that nothing was ever acknowledged for it."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", kafka)
    handlers = Handlers(f"desk-{uuid.uuid4().hex}")
    handlers.on(desk.CancellationRequested)(lambda *_: None)
    agent = follow(create_app(handlers.service), handlers)
    agent.app.finalize()
    await agent.app.start()
    yield agent
    await agent.app.stop()


@pytest.fixture
async def publish(kafka):
    publisher = Publisher(kafka, "test")

    async def publish(*events) -> None:
        rows = [OutboxRow(number, encode(event)) for number, event in enumerate(events)]
        assert await publisher.publish(rows) == rows

    yield publish
    await publisher.stop()


async def hear(agent, orders: set[str]) -> list:
    """Everything that is heard until each of these orders was heard of."""
    deliveries = []
    missing = set(orders)
    while missing:
        deliveries += await agent.buffer.take()
        missing -= {one.fact.order_id for one in deliveries if one.fact}
    return deliveries


@pytest.mark.timeout(60)
async def test_what_nobody_acknowledged_is_heard_again_though_nothing_ever_was(
    desk, agent, publish
):
    orders = {desk.new_order() for _ in range(20)}
    await publish(*(desk.said(desk.cancellation(order)) for order in orders))
    first = await hear(agent, orders)
    await agent.app.consumer.perform_seek()
    for one in first + await hear(agent, orders):
        one.acknowledge()


@pytest.mark.timeout(60)
async def test_what_was_acknowledged_is_not_heard_again(desk, agent, publish):
    before, after = {desk.new_order()}, {desk.new_order()}
    await publish(*(desk.said(desk.cancellation(order)) for order in before))
    for one in await hear(agent, before):
        one.acknowledge()
    await agent.app.consumer.commit()
    await agent.app.consumer.perform_seek()
    await publish(*(desk.said(desk.cancellation(order)) for order in after))
    again = await hear(agent, after)
    for one in again:
        one.acknowledge()
    assert not before & {one.fact.order_id for one in again if one.fact}
