"""A topic is read from where its reader stands to where it ended at one moment, and no further."""

import uuid
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from reading import open_topics, read_ends, read_to

pytestmark = pytest.mark.kafka
TIMEOUT_MS = 8_000


@pytest.fixture
async def topic(kafka: str) -> AsyncIterator[str]:
    """The name of a topic with two partitions, of which the second is empty."""
    name = f"reading-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, 2, 1)])
    yield name
    await admin.delete_topics([name])
    await admin.close()


async def write(kafka: str, topic: str, *values: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)


async def test_what_comes_after_the_ends_were_read_is_left_to_the_next_reader(kafka, topic):
    await write(kafka, topic, b"1", b"2")
    async with open_topics(kafka, topic, request_timeout_ms=TIMEOUT_MS) as consumer:
        ends = await read_ends(consumer)
        assert ends == {TopicPartition(topic, 0): 2, TopicPartition(topic, 1): 0}
        await write(kafka, topic, b"3")
        assert [one.value async for one in read_to(consumer, ends)] == [b"1", b"2"]


async def test_a_reader_begins_where_it_stands(kafka, topic):
    await write(kafka, topic, b"1", b"2", b"3")
    async with open_topics(kafka, topic, request_timeout_ms=TIMEOUT_MS) as consumer:
        consumer.seek(TopicPartition(topic, 0), 2)
        ends = await read_ends(consumer)
        assert [one.value async for one in read_to(consumer, ends)] == [b"3"]
        assert [one.value async for one in read_to(consumer, ends)] == []
