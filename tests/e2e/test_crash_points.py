"""Processes that die at the worst moments: after a commit, and between publishing and deleting."""

import asyncio

import pytest
from e2e.faults import CRASHED, replaced
from e2e.repeating import read_sayings
from e2e.shop import Shop

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
ORDERS = 200
WORKERS = [
    f"{service}-worker" for service in ("order", "payment", "inventory", "shipping", "notifier")
]


async def die_under_load(shop: Shop, point: str, workers: list[str]) -> None:
    """Let one of the two instances of each worker die at a point while orders are placed."""
    environment = {"CRASH_AT": point}
    async with replaced(shop.system, dict.fromkeys(workers, environment)) as replacements:
        order_ids = await shop.place_many(ORDERS)
        codes = await asyncio.wait_for(
            asyncio.gather(*(process.wait() for process in replacements.values())), 60
        )
        assert set(codes) == {CRASHED}
    await shop.all_ended(order_ids)
    await shop.audited()


async def repeated(shop: Shop) -> int:
    """How many records were published again."""
    said = await read_sayings(shop.system.settings.kafka_bootstrap)
    return said.total() - len(said)


async def test_whoever_dies_between_publishing_and_deleting_says_it_twice_and_loses_nothing(
    shop: Shop,
) -> None:
    before = await repeated(shop)
    # The notifier publishes too, but to a topic that nobody follows.
    await die_under_load(shop, "after-publish:2", WORKERS)
    assert await repeated(shop) > before


async def test_whoever_dies_between_commit_and_acknowledgement_loses_nothing(shop: Shop) -> None:
    await die_under_load(shop, "after-commit:3", WORKERS)
