"""One of three brokers is lost: nothing that was accepted is lost with it, and the shop goes on."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from e2e.faults import kill
from e2e.one_test import for_one_test
from e2e.shop import Shop
from events import TOPICS
from stack import Supervisor, System, run_kafka_tool
from stack.kafka import NAMES, wait_ready
from testkit.waiting import until

pytestmark = pytest.mark.system
GROUP, TOPIC = "order", "order-placed"
BACK_S = 180  # Java starts slowly on a busy machine


@pytest.fixture
async def shop(open_doors: Shop, request: pytest.FixtureRequest) -> AsyncIterator[Shop]:
    async with for_one_test(open_doors, request.node) as shop:
        await in_sync(shop.system)
        yield shop


async def in_sync(system: System) -> None:
    """Wait until every broker takes part and has every record: only then may another one be lost.

    At first the others do not know of the death of one that was killed: it says itself when it is
    back.
    """
    for number in range(1, len(NAMES) + 1):
        await asyncio.wait_for(wait_ready(system.settings, number), BACK_S)

    async def is_so() -> bool:
        topics = await ask(system, lambda admin: admin.describe_topics([t.name for t in TOPICS]))
        copies = [len(part["isr"]) for topic in topics or () for part in topic["partitions"]]
        return bool(copies) and min(copies) == len(NAMES)

    await until("every replica is in sync", is_so, seconds=BACK_S)


async def leader(system: System) -> str:
    """The broker that all must ask for the first partition of the first topic."""
    ((topic),) = await ask(system, lambda admin: admin.describe_topics([TOPIC]))
    (number,) = (one["leader"] for one in topic["partitions"] if one["partition"] == 0)
    return NAMES[number - 1]


async def coordinator(system: System) -> str:
    """The broker that keeps how far the order service has come."""
    return NAMES[await ask(system, lambda admin: admin.find_coordinator(GROUP)) - 1]


async def controller(system: System) -> str:
    """The broker that decides for all of them who leads what."""
    tool = "org.apache.kafka.tools.MetadataQuorumCommand"
    asked = ("--bootstrap-server", system.settings.kafka_bootstrap, "describe", "--status")
    output = await asyncio.to_thread(run_kafka_tool, tool, *asked)
    return NAMES[int(re.search(r"LeaderId:\s+(\d)", output.stdout)[1]) - 1]


async def ask(system: System, question: Callable) -> object:
    """What the brokers answer; None while they do not."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.settings.kafka_bootstrap)
    try:
        await admin.start()
        return await question(admin)
    except KafkaError:
        return None
    finally:
        await admin.close()


@pytest.mark.parametrize("role", [leader, coordinator, controller], ids=lambda role: role.__name__)
async def test_one_broker_after_the_other(shop: Shop, trial, role: Callable) -> None:
    victim = await role(shop.system)
    fault = f"kill -9 of one of three brokers, the {role.__name__}; then of another"
    async with trial(shop, fault) as running, running.fault():
        await kill(shop.system, victim)
        await in_sync(shop.system)
        await kill(shop.system, NAMES[NAMES.index(victim) - 1])
    await in_sync(shop.system)


async def test_a_broker_that_stays_away(shop: Shop, trial) -> None:
    """Orders end while it is stopped: two of three suffice."""
    victim = await coordinator(shop.system)
    supervisor = Supervisor(shop.system.folders)
    fault = "one of three brokers is stopped; 60 orders end before it comes back"
    async with trial(shop, fault) as running, running.fault():
        supervisor.stop_process(victim)
        await until(f"{victim} stopped", lambda: shop.system.states()[victim].pid is None)
        await shop.all_ended(await shop.place_many(60))
        supervisor.start_process(victim)
    await in_sync(shop.system)


async def test_two_brokers_that_stay_away(shop: Shop, trial) -> None:
    """Nothing can be acknowledged meanwhile: what is accepted waits, and ends when they are back."""
    *victims, _ = NAMES
    supervisor = Supervisor(shop.system.folders)
    fault = "two of three brokers are stopped; 30 orders are accepted before they come back"
    async with trial(shop, fault) as running, running.fault():
        for name in victims:
            supervisor.stop_process(name)
        await until(
            "both are stopped",
            lambda: all(shop.system.states()[name].pid is None for name in victims),
        )
        accepted = await shop.place_many(30)
        for name in victims:
            supervisor.start_process(name)
        await in_sync(shop.system)
        await shop.all_ended(accepted)
