"""A part of the system becomes unavailable and comes back: every order ends once, and all books agree.

They are told of containers alone: of processes, `tests/faults` and the tests beside these stories
prove the same and more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from e2e.composing import in_containers
from e2e.containers import Containers
from e2e.shop import Shop
from stack import read_group
from testkit.waiting import until

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.skipif(not in_containers(), reason="of processes, the trials of faults prove this"),
]
ORDERS = 60
WORKERS = ("order", "payment", "inventory", "shipping", "notifier")
APIS = ("order-api", "inventory-api", "payment-api", "notifier-api")
OUTSIDE = ("psp", "carrier", "issuer", "postbox", "subscriber")
OTHERS = ("analytics-worker", *APIS, *OUTSIDE)


@pytest.fixture
def containers() -> Containers:
    return Containers()


@asynccontextmanager
async def meanwhile(shop: Shop, count: int = ORDERS) -> AsyncIterator[None]:
    """Have orders placed while the block runs; after it all of them end."""
    before = len(shop.placed)
    placing = asyncio.create_task(shop.place_many(count))
    await until("the first are accepted", lambda: len(shop.placed) - before >= count // 10)
    yield
    order_ids = await placing
    assert len(set(order_ids)) == count
    await shop.all_ended(order_ids)


@pytest.mark.parametrize("service", WORKERS)
async def test_a_worker_crashes(shop: Shop, containers: Containers, service: str) -> None:
    async with meanwhile(shop):
        await containers.kill(f"{service}-worker")


async def test_the_gateway_crashes(shop: Shop, containers: Containers) -> None:
    async with meanwhile(shop):
        await containers.kill("gateway")


@pytest.mark.parametrize("name", OTHERS)
async def test_another_process_crashes(shop: Shop, containers: Containers, name: str) -> None:
    async with meanwhile(shop):
        await containers.kill(name)


@pytest.mark.parametrize("store", ["kafka", "postgres"])
async def test_a_store_crashes(shop: Shop, containers: Containers, store: str) -> None:
    async with meanwhile(shop):
        await containers.kill(store)


async def test_the_payment_provider_is_down_and_comes_back(
    shop: Shop, containers: Containers
) -> None:
    async with containers.stopped("psp"):
        order_ids = await shop.place_many(20)
        assert {await shop.status(one, f"cus_{n % 10}") for n, one in enumerate(order_ids)} <= {
            "accepted",
            "cancelling",
            "cancelled",
        }
    await shop.all_ended(order_ids)


async def test_workers_join_and_leave(shop: Shop, containers: Containers) -> None:
    before = await sharing(shop, "payment")
    async with meanwhile(shop):
        for count in (3, 1, before):
            await containers.scale("payment", count)
            await until(f"{count} share the work", partial(are_sharing, shop, "payment", count))


async def test_the_whole_system_is_restarted_with_orders_on_their_way(
    shop: Shop, containers: Containers
) -> None:
    async with containers.stopped("payment-worker"):
        order_ids = await shop.place_many(ORDERS)
    await containers.restart()
    await shop.all_ended(order_ids)


async def sharing(shop: Shop, service: str) -> int:
    """How many workers of a service hold a partition."""
    admin = AIOKafkaAdminClient(bootstrap_servers=shop.system.settings.kafka_bootstrap)
    await admin.start()
    try:
        group = await read_group(admin, service)
    finally:
        await admin.close()
    return sum(bool(member.holds) for member in group.members)


async def are_sharing(shop: Shop, service: str, count: int) -> bool:
    return await sharing(shop, service) == count
