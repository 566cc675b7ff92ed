"""kill -9 of a process of every kind, one after the other, while orders are placed."""

import asyncio

import pytest
from e2e.faults import kill, ready
from e2e.shop import Shop

pytestmark = pytest.mark.system
VICTIMS = [
    "order-worker",
    "payment-worker",
    "inventory-worker",
    "shipping-worker",
    "notifier-worker",
    "gateway",
    "order-api",
    "inventory-api",
    "payment-api",
    "notifier-api",
    "analytics-worker",
    "psp",
    "carrier",
    "postbox",
    "issuer",
    "subscriber",
    "traces",
    "kafka",
    "postgres",
]


@pytest.mark.parametrize("victim", VICTIMS)
async def test_kill(shop: Shop, trial, victim: str) -> None:
    async with trial(shop, f"kill -9 of {victim}") as running, running.fault():
        await kill(shop.system, victim)


async def test_all_of_a_service(shop: Shop, trial, fires) -> None:
    """The group knows of no death for six seconds, and gives their successors nothing before."""
    names = ("notifier-worker", "notifier-worker-2")
    async with trial(shop, "kill -9 of all notifier-workers") as running, running.fault():
        seen = asyncio.create_task(fires("NoConsumers", "notifier-worker"))
        while not seen.done():  # on a busy machine their start may take longer than that
            await asyncio.gather(*(kill(shop.system, name) for name in names))
            await ready(shop.system, *names)
        await seen
