"""Records that no client library reads, on a real broker: whoever reads a topic goes on behind them."""

import uuid
from typing import ClassVar

import pytest
import tasks
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from events import CancellationRequested, Topic, encode
from messaging import Handlers, TopicReader, create_app, follow
from reading import Consumer
from testkit import raw_batches as raw
from testkit import samples
from testkit.raw_batches import Raw, batch
from testkit.waiting import until

pytestmark = pytest.mark.kafka
UNREADABLE = (1, 3, 5, 7)
"""The offsets of a record with a header without a proper name, and of three batches spoiled on disk."""
READABLE = (0, 2, 9)


@pytest.fixture
async def topic(kafka, kafka_data):
    """A topic with records that can be read and others that cannot, each pair of the latter a batch."""
    topic = Topic(f"unreadable-{uuid.uuid4().hex}", "test")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic.name, 1, 1)])
    pair = batch(Raw(b"k", b"v"), Raw(b"k", b"v"))
    bad = Raw(b"k", b"v", [(b"\xff", b"v")])
    batches = [batch(_good(), bad, _good()), pair, pair, pair, batch(_good())]
    assert await raw.produce(kafka, topic.name, 0, *batches) == [0, 3, 5, 7, 9]
    place = TopicPartition(topic.name, 0)
    raw.spoil(kafka_data, place, 3, raw.with_wrong_checksum)
    raw.spoil(kafka_data, place, 5, raw.with_codec_of_nobody)
    raw.spoil(kafka_data, place, 7, raw.cut_off)
    yield topic
    await admin.delete_topics([topic.name])
    await admin.close()


def _good() -> Raw:
    record = encode(samples.enveloped(samples.cancellation(samples.new_order())))
    headers = [(name.encode(), value) for name, value in record.headers]
    return Raw(record.key, record.value, headers)


async def test_a_consumer_has_a_record_in_the_place_of_each(kafka, topic):
    async with Consumer(
        topic.name, bootstrap_servers=kafka, auto_offset_reset="earliest"
    ) as consumer:
        records = [await consumer.getone()]
        while records[-1].offset < READABLE[-1]:
            records.append(await consumer.getone())
    found = {one.offset: dict(one.headers).get("x-unreadable") for one in records}
    assert {offset for offset, reason in found.items() if reason is None} == {*READABLE, 7}
    assert found[1] == b"the record cannot be read: the name of a header is not UTF-8"
    assert found[3] == b"the records 3 to 4 cannot be read: the checksum of its batch is wrong"
    assert b"compression codec" in found[5]
    assert found[8].startswith(b"the record cannot be read")


async def test_a_projection_has_what_can_be_read(kafka, topic):
    consumed = []
    reader = TopicReader(kafka, topic, consumed.append, from_beginning=True)
    async with tasks.running(reader):
        await reader.caught_up.wait()
        await until("all is read", lambda: len(consumed) == len(READABLE))


async def test_an_agent_consumes_what_can_be_read_and_sets_the_rest_aside_by_its_place(
    kafka, topic, monkeypatch
):
    monkeypatch.setenv("KAFKA_BOOTSTRAP", kafka)

    class OnThisTopic(CancellationRequested):
        topic: ClassVar[Topic] = Topic("replaced", "test")

    OnThisTopic.topic = topic
    handlers = Handlers(f"desk-{uuid.uuid4().hex}")
    handlers.on(OnThisTopic)(lambda *_: None)
    agent = follow(create_app(handlers.service), handlers)
    agent.app.finalize()
    await agent.app.start()
    deliveries = []
    while len(deliveries) < len(READABLE) + len(UNREADABLE) + 1:
        deliveries += await agent.buffer.take()
    for one in deliveries:
        one.acknowledge()
    await agent.app.stop()
    set_aside = {one.record.offset: str(one.error) for one in deliveries if one.error}
    assert set(set_aside) == {1, 3, 5, 7, 8}
    assert "UTF-8" in set_aside[1]
