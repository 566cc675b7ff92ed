"""How far the groups of the services have come, asked of the broker over connections of one's own."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from reading import Consumer
from servicekit.broker import REQUEST_TIMEOUT_MS


@asynccontextmanager
async def offset_clients(bootstrap: str) -> AsyncIterator[tuple[AIOKafkaAdminClient, Consumer]]:
    """Open two clients to ask with, about groups and about topics; neither joins a group."""
    asked = {"bootstrap_servers": bootstrap, "request_timeout_ms": REQUEST_TIMEOUT_MS}
    admin, consumer = AIOKafkaAdminClient(**asked), Consumer(**asked)
    try:
        await admin.start()
        await consumer.start()
        yield admin, consumer
    finally:
        await consumer.stop()
        await admin.close()


async def partitions_of(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> set[TopicPartition]:
    """Return every partition of these topics, those that were added lately as well."""
    return {
        TopicPartition(topic["topic"], partition["partition"])
        for topic in await admin.describe_topics(sorted(topics))
        for partition in topic["partitions"]
    }


async def committed_offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    """Return the offset up to which a group has acknowledged each partition."""
    offsets = await admin.list_consumer_group_offsets(group)
    return {place: committed.offset for place, committed in offsets.items()}
