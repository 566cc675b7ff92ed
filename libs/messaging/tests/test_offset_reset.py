"""What was consumed and not acknowledged is consumed again after a rebalance."""

import time
import uuid

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from events import CancellationRequested, encode
from messaging import Handlers, OutboxRow, Publisher, create_app, follow
from testkit import samples

pytestmark = pytest.mark.kafka


@pytest.fixture
async def agent(kafka, monkeypatch):
    """A new service, so that nothing was ever acknowledged for it."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", kafka)
    handlers = Handlers(f"desk-{uuid.uuid4().hex}")
    handlers.on(CancellationRequested)(lambda *_: None)
    agent = follow(create_app(handlers.service), handlers)
    agent.app.finalize()
    await agent.app.start()
    yield agent
    # All tests share the topic: no one will acknowledge what others published at the end.
    agent.app.conf.stream_wait_empty = False
    await agent.app.stop()


@pytest.fixture
async def publish(kafka):
    publisher = Publisher(kafka, "test")

    async def publish(*events) -> None:
        rows = [OutboxRow(number, encode(event)) for number, event in enumerate(events)]
        assert await publisher.publish(rows) == rows

    yield publish
    await publisher.stop()


async def consume(agent, orders: set[str]) -> list:
    """Everything that is consumed until an event of each of these orders has come."""
    deliveries = []
    missing = set(orders)
    while missing:
        deliveries += await agent.buffer.take()
        missing -= {one.fact.order_id for one in deliveries if one.fact}
    return deliveries


async def go_back(agent) -> None:
    """As Faust does when partitions were handed round."""
    await agent.app.consumer.perform_seek()
    agent.app.consumer.resume_flow()


async def test_what_nobody_acknowledged_is_consumed_again_though_nothing_ever_was(agent, publish):
    orders = {samples.new_order() for _ in range(20)}
    await publish(*(samples.enveloped(samples.cancellation(order)) for order in orders))
    first = await consume(agent, orders)
    await go_back(agent)
    for one in first + await consume(agent, orders):
        one.acknowledge()


async def test_where_the_beginning_is_gone_it_begins_with_the_oldest_record(kafka):
    topic = f"cut-{uuid.uuid4().hex}"
    place = TopicPartition(topic, 0)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest")
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
        async with producer, consumer:
            for number in range(5):
                await producer.send_and_wait(topic, b"%d" % number)
            await admin.delete_records({place: RecordsToDelete(before_offset=3)})
            consumer.assign([place])
            consumer.seek(place, 0)
            consumed = await consumer.getone()
        assert (consumed.offset, consumed.value) == (3, b"3")
    finally:
        await admin.delete_topics([topic])
        await admin.close()


async def test_what_was_acknowledged_is_not_consumed_again(agent, publish):
    before, after = {samples.new_order()}, {samples.new_order()}
    await publish(*(samples.enveloped(samples.cancellation(order)) for order in before))
    for one in await consume(agent, before):
        one.acknowledge()
    await agent.app.consumer.commit()
    await go_back(agent)
    await publish(*(samples.enveloped(samples.cancellation(order)) for order in after))
    again = await consume(agent, after)
    for one in again:
        one.acknowledge()
    assert not before & {one.fact.order_id for one in again if one.fact}


async def test_nothing_is_consumed_while_the_consumer_goes_back(agent, publish, monkeypatch):
    consumer, flowing = agent.app.consumer, []
    seek = consumer.seek_to_committed

    async def watched():
        flowing.append(consumer.flow_active)
        return await seek()

    monkeypatch.setattr(consumer, "seek_to_committed", watched)
    order = {samples.new_order()}
    await publish(*(samples.enveloped(samples.cancellation(one)) for one in order))
    first = await consume(agent, order)
    await go_back(agent)
    for one in first + await consume(agent, order):
        one.acknowledge()
    assert flowing
    assert not any(flowing), "what waits for the agent is dropped, though it counts as read"


async def test_nobody_calls_a_partition_idle_by_statistics_that_are_not_kept(
    agent, publish, caplog
):
    """Records lie there unacknowledged, and the worker runs for as long as it likes."""
    agent.app.sensors.remove(agent.app.monitor)
    order = samples.new_order()
    await publish(samples.enveloped(samples.cancellation(order)))
    consumed = await consume(agent, {order})
    places = agent.app.consumer.assignment()
    assert places
    for place in places:
        agent.app.consumer.verify_event_path(time.monotonic() + 100_000, place)
    for one in consumed:
        one.acknowledge()
    assert "Stream has not started processing" not in caplog.text


async def test_what_is_open_is_consumed_again_with_all_that_came_after_it(agent, publish):
    order = samples.new_order()
    events = [samples.enveloped(samples.cancellation(order)) for _ in range(20)]
    await publish(*events)

    async def all_of_them() -> list:
        found: list = []
        while not {event.id for event in events} <= {one.event_id for one in found}:
            found += [one for one in await agent.buffer.take() if one.fact]
        return [one for one in found if one.fact.order_id == order]

    first, *others = await all_of_them()
    for one in others:
        one.acknowledge()
    await agent.app.consumer.commit()
    await go_back(agent)
    again = await all_of_them()
    assert [one.event_id for one in again] == [event.id for event in events]
    for one in (first, *again):
        one.acknowledge()
