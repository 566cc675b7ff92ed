"""Every process is stopped and started again, one after the other, while orders are placed."""

import pytest
from e2e.faults import stopped
from e2e.shop import Shop

pytestmark = pytest.mark.system


async def test_everything_is_restarted_in_turn(shop: Shop, trial, fires) -> None:
    async with (
        trial(shop, "everything is restarted in turn") as running,
        running.fault(),
    ):
        for process in reversed(shop.system.processes):
            async with stopped(shop.system, process.name):
                if process.name == "traces":
                    await fires("SpansDropped", "order-worker")
