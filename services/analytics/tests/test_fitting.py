"""Partitions were added to what is counted: one line says what to do, and then it is counted on."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from countable import change
from events import OrderStatus
from events.topics import ORDER_STATUS_CHANGED
from testkit.publishing import publish
from testkit.samples import enveloped, new_order

pytestmark = [pytest.mark.kafka, pytest.mark.process]
CHANGELOG = "analytics-windows-changelog"


@pytest.fixture
def kafka(spare_kafka):
    """A broker whose topics no other worker counts."""
    return spare_kafka


async def partitions(admin) -> dict[str, int]:
    described = await admin.describe_topics([ORDER_STATUS_CHANGED.name, CHANGELOG])
    return {one["topic"]: len(one["partitions"]) for one in described}


async def test_it_ends_with_one_line_that_says_what_to_do_and_counts_on_when_it_is_done(
    kafka, start
):
    worker = start()
    await publish(kafka, enveloped(change(new_order(), OrderStatus.ACCEPTED)))
    await asyncio.to_thread(worker.wait_ready)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    had = (await partitions(admin))[ORDER_STATUS_CHANGED.name]
    await admin.create_partitions({ORDER_STATUS_CHANGED.name: NewPartitions(had + 2)})
    assert await asyncio.to_thread(worker.wait) == 2
    wanted = (
        f"order-status-changed has {had + 2} partitions and {CHANGELOG} {had}: "
        "give it as many with orderstream prepare"
    )
    print(worker.log)  # noqa: T201
    assert worker.log.count(wanted) == 1
    assert "Traceback" not in worker.log
    await admin.create_partitions({CHANGELOG: NewPartitions(had + 2)})  # as prepare does
    worker = start()
    await asyncio.to_thread(worker.wait_ready)
    assert worker.stop() == 0
    await admin.close()
