"""kill -9 of a process of every kind, one after the other, while orders are placed."""

import pytest
from e2e.faults import kill
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
