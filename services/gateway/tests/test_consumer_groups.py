"""A group that follows the topics and makes no progress is named, whatever the cause."""

import asyncio
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from gateway.observing import consumer_groups
from gateway.observing.consumer_groups import FOLLOWED, LOOKS, ConsumerGroups, GroupProgress
from gateway.streams.dashboard_documents import ProcessHealth
from gateway.streams.dashboard_health import LOOKS as ASKED
from gateway.streams.dashboard_health import SystemHealth
from testkit.ports import free_port
from testkit.waiting import until

PLACE = TopicPartition("order-placed", 0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_groups, "LOOK_EVERY_S", 0.05)


def noted(*looks: tuple[int, int, int]) -> GroupProgress:
    progress = GroupProgress()
    for members, waiting, reached in looks:
        progress.note(members, waiting, {PLACE: reached})
    return progress


def test_a_group_that_changes_hands_is_not_alone() -> None:
    assert noted(*((LOOKS - 1) * [(0, 3, 7)])).wrong is None
    assert noted(*((LOOKS - 1) * [(0, 3, 7)]), (1, 3, 7), (0, 3, 8)).wrong is None


def test_a_group_without_members_is_alone_even_if_nothing_waits() -> None:
    assert noted(*(LOOKS * [(0, 0, 7)])).wrong == "no worker follows its topics, 0 records wait"


def test_a_group_that_does_not_get_on_stands_still() -> None:
    looks = (LOOKS + 1) * [(1, 3, 7)]
    assert noted(*looks).wrong == "3 records wait, and none was acknowledged for 20 s"
    assert noted(*looks, (1, 2, 8)).wrong is None
    assert noted(*looks, (1, 0, 7)).wrong is None


def test_every_service_that_follows_a_topic_is_looked_at() -> None:
    assert set(FOLLOWED) == {"order", "payment", "inventory", "shipping", "notifier", "analytics"}
    assert FOLLOWED["inventory"] == {"payment-processed", "shipping-initiated"}


@pytest.mark.kafka
@pytest.mark.usefixtures("quick")
async def test_real_groups_are_seen_to_come_to_stop_and_to_go(spare_kafka: str) -> None:
    """A member that neither consumes nor acknowledges looks like a paused or crash-looping worker."""
    found = ConsumerGroups(spare_kafka)
    looking = asyncio.create_task(found.run())
    try:
        await until("all are missed", lambda: len(found.absent()) == len(FOLLOWED))
        worker = AIOKafkaConsumer(
            "payment-processed",
            "shipping-initiated",
            bootstrap_servers=spare_kafka,
            group_id="inventory",
            enable_auto_commit=False,
        )
        async with worker:
            await until("it is a member", lambda: "inventory-worker" not in found.absent())
            async with AIOKafkaProducer(bootstrap_servers=spare_kafka) as producer:
                await producer.send_and_wait("payment-processed", b"anything")
            await until(
                "it stands still",
                lambda: "none was acknowledged" in found.absent().get("inventory-worker", ""),
            )
            ends = await worker.end_offsets(sorted(worker.assignment()))
            await worker.commit({one: end for one, end in ends.items() if end})
            await until("it gets on", lambda: "inventory-worker" not in found.absent())
        await until(
            "it has left", lambda: "no worker" in found.absent().get("inventory-worker", "")
        )
        assert not looking.done()
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


@pytest.mark.usefixtures("quick")
async def test_while_the_broker_is_away_nothing_is_reported_of_anybody() -> None:
    found = ConsumerGroups(f"127.0.0.1:{free_port()}")
    looking = asyncio.create_task(found.run())
    done, _ = await asyncio.wait({looking}, timeout=0.5)
    assert not done
    assert found.absent() == {}
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


async def test_a_process_that_has_not_been_ready_for_a_while_is_named() -> None:
    def looked(*statuses: Any) -> dict[str, str]:
        system = SystemHealth(httpx.AsyncClient(), "")
        for status in statuses:
            system.note([ProcessHealth(name="payment-worker", status=status, detail="why")])
        return system.absent()

    assert looked(*((ASKED - 1) * ["no_answer"])) == {}
    assert looked(*(ASKED * ["no_answer"])) == {"payment-worker": "does not answer (why)"}
    assert looked(*(ASKED * ["not_ready"])) == {"payment-worker": "is not ready: why"}
    assert looked(*(ASKED * ["no_answer"]), "ready", "no_answer") == {}
