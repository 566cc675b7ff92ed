"""Processes that die at the worst moments: within a transaction, behind it, around a call."""

import asyncio
from contextlib import AsyncExitStack
from typing import Self

import pytest
from e2e.faults import CRASHED, replaced
from e2e.repeating import read_sayings
from e2e.shop import Shop
from faults.trial import Trial
from messaging.crash_points import POINTS

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
SERVICES = ("order", "payment", "inventory", "shipping", "notifier")
CALLERS = ("payment", "shipping", "notifier")
AROUND_A_CALL = ("before-call", "after-answer")
CELLS = [
    (service, point)
    for point in POINTS
    for service in (CALLERS if point in AROUND_A_CALL else SERVICES)
]
DIES_SECONDS = 60
UNDER_KEYS = "SELECT count(*) FROM idempotency_keys WHERE key = ANY($1)"


@pytest.mark.parametrize(("service", "point"), CELLS)
async def test_one_of_two_instances_dies(shop: Shop, trial, service: str, point: str) -> None:
    async with (
        Armed(shop, f"{point}:3", f"{service}-worker-2") as armed,
        trial(shop, f"{service} dies {point}") as running,
    ):
        await armed.die(running)


@pytest.mark.parametrize("service", SERVICES)
async def test_all_instances_die(shop: Shop, trial, service: str) -> None:
    async with (
        Armed(shop, "after-commit:3", f"{service}-worker", f"{service}-worker-2") as armed,
        trial(shop, f"all instances of {service} die after-commit") as running,
    ):
        await armed.die(running)


async def test_the_gateway_dies_between_its_commit_and_its_answer(shop: Shop, trial) -> None:
    async with (
        Armed(shop, "after-commit:12", "gateway") as armed,
        trial(shop, "gateway dies after-commit") as running,
    ):
        await armed.die(running)
        unanswered = [request.key for request in running.load.unanswered]
        committed = await shop.books.ask("gateway", UNDER_KEYS, unanswered)
        assert committed > 0, "every client had an answer"


async def test_whoever_dies_between_publishing_and_deleting_says_it_twice(
    shop: Shop, trial
) -> None:
    before = await said_again(shop)
    async with (
        Armed(shop, "after-publish:12", "gateway") as armed,
        trial(shop, "gateway dies after-publish") as running,
    ):
        await armed.die(running)
    assert await said_again(shop) > before


class Armed:
    """Processes that die at a point, `after-commit:3` the third time that they come to it."""

    def __init__(self, shop: Shop, point: str, *names: str) -> None:
        self._replaced = replaced(shop.system, {name: {"CRASH_AT": point} for name in names})
        self._until_they_died = AsyncExitStack()

    async def __aenter__(self) -> Self:
        replacements = await self._until_they_died.enter_async_context(self._replaced)
        self._processes = list(replacements.values())
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self._until_they_died.aclose()

    async def die(self, running: Trial) -> None:
        """Wait until all of them have died under load, then start them as they were."""
        async with asyncio.timeout(DIES_SECONDS):
            codes = [await process.wait() for process in self._processes]
        assert set(codes) == {CRASHED}
        async with running.fault(has_struck=True):
            await self._until_they_died.aclose()


async def said_again(shop: Shop) -> int:
    """How many records of the followed topics were published again."""
    said = await read_sayings(shop.system.settings.kafka_bootstrap)
    return said.total() - len(said)
