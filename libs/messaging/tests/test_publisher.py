"""What the broker does not answer is given up after a while: the rows stay, others get through."""

import asyncio
from typing import Any

import pytest
import tasks
from aiokafka import AIOKafkaProducer
from events.wire import Record
from messaging import OutboxRow, Publisher
from messaging.outbound import publisher
from testkit.waiting import TIMEOUT_S, until

pytestmark = pytest.mark.kafka
TOPIC = "cancellation-requested"


def row(position: int) -> OutboxRow:
    return OutboxRow(position, Record(TOPIC, b"key", b"value", []))


async def test_a_record_without_an_answer_is_given_up_and_a_new_producer_publishes_the_next(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer that knows only brokers that are gone would ask them without end."""
    asked = []

    async def ask_nobody(producer: AIOKafkaProducer, *_: object, **__: object) -> asyncio.Future:
        asked.append(producer)
        return asyncio.get_running_loop().create_future()

    relay = Publisher(kafka, "test")
    try:
        async with asyncio.timeout(TIMEOUT_S):
            with monkeypatch.context() as patched:
                patched.setattr(publisher, "GIVE_UP_S", 0.2)
                patched.setattr(AIOKafkaProducer, "send", ask_nobody)
                assert await relay.publish([row(1)]) == []
            assert await relay.publish([row(2)]) == [row(2)]
    finally:
        await relay.stop()
    assert len(asked) == 1


@pytest.mark.parametrize("broker", ["returns", "does not return"])
async def test_a_producer_that_cannot_stop_in_time_ends_whether_or_not_the_broker_is_back(
    broker: str, kafka: str, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = broker == "returns"
    monkeypatch.setattr(publisher, "STOP_TIMEOUT_S", 0.1)
    before, relay = tasks.producers(), Publisher(kafka, "test")

    async def is_all_over() -> bool:
        return tasks.producers() <= before

    assert await relay.publish([row(1)]) == [row(1)]
    await door.shut()
    if not returns:
        monkeypatch.setattr(publisher, "GIVE_UP_S", 0.3)
    in_flight = asyncio.create_task(relay.publish([row(2)]))
    await asyncio.sleep(0)  # now the producer has it
    await relay.stop()
    assert tasks.producers() > before
    if returns:
        await door.open()
    assert await in_flight == ([row(2)] if returns else [])
    await until("no task is left", is_all_over)


async def test_a_connection_that_carries_nothing_any_more_is_replaced_though_nothing_is_published(
    kafka: str, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "REQUEST_TIMEOUT_MS", 1000)
    monkeypatch.setattr(publisher, "METADATA_MAX_AGE_MS", 200)
    relay = Publisher(kafka, "test")
    try:

        async def is_published(number: int) -> bool:
            return await relay.publish([row(number)]) == [row(number)]

        await until("one is published", lambda: is_published(1))
        door.swallow()
        before = door.opened
        await until("there is another connection", lambda: door.opened > before)
        await until("the next is published", lambda: is_published(2))
    finally:
        await relay.stop()
