"""Processes that die at the worst moments: within a transaction, behind it, around a call."""

import re
from collections import Counter

import pytest
from e2e.faults import CRASHED, ready
from e2e.repeating import read_sayings
from e2e.shop import Shop
from fault_injection.crash_points import POINTS
from faults.systems import order_to_die
from faults.trial import Trial
from stack import System
from stack.supervisor_files import DAEMON_LOG
from testkit.waiting import until

pytestmark = pytest.mark.system
DIED = re.compile(rf"exited: (?P<name>\S+) \(exit status {CRASHED};")
SERVICES = ("order", "payment", "inventory", "shipping", "notifier")
CALLERS = ("payment", "shipping", "notifier")
AROUND_A_CALL = ("before-call", "after-answer")
CELLS = [
    (service, point)
    for point in POINTS
    for service in (CALLERS if point in AROUND_A_CALL else SERVICES)
]
UNDER_KEYS = "SELECT count(*) FROM idempotency_keys WHERE key = ANY($1)"


@pytest.mark.parametrize(("service", "point"), CELLS)
async def test_one_of_two_instances_dies(shop: Shop, trial, service: str, point: str) -> None:
    async with trial(shop, f"{service} dies {point}") as running:
        await die(shop, running, f"{point}:3", f"{service}-worker-2")


@pytest.mark.parametrize("service", SERVICES)
async def test_all_instances_die(shop: Shop, trial, service: str) -> None:
    async with trial(shop, f"all instances of {service} die after-commit") as running:
        await die(shop, running, "after-commit:3", f"{service}-worker", f"{service}-worker-2")


async def test_the_gateway_dies_between_its_commit_and_its_answer(shop: Shop, trial) -> None:
    async with trial(shop, "gateway dies after-commit") as running:
        await die(shop, running, "after-commit:12", "gateway")
        unanswered = [request.key for request in running.load.unanswered]
        committed = await shop.books.ask("gateway", UNDER_KEYS, unanswered)
        assert committed > 0, "every client had an answer"


async def test_whoever_dies_between_publishing_and_deleting_says_it_twice(
    shop: Shop, trial
) -> None:
    before = await published_again(shop)
    async with trial(shop, "gateway dies after-publish") as running:
        await die(shop, running, "after-publish:12", "gateway")
    assert await published_again(shop) > before


async def die(shop: Shop, running: Trial, point: str, *names: str) -> None:
    """Have processes die at a point under load, each once, and wait until their successors run."""
    before = deaths(shop.system)
    for name in names:
        order_to_die(shop.system, name, point)
    await until(
        f"{' and '.join(names)} have died",
        lambda: deaths(shop.system) - before == Counter(names),
    )
    async with running.fault(has_struck=True):
        await ready(shop.system, *names)


def deaths(system: System) -> Counter[str]:
    """How often each process has died at a crash point, as its supervisor says."""
    log = system.folders.log_of(DAEMON_LOG).read_text()
    return Counter(found["name"] for found in DIED.finditer(log))


async def published_again(shop: Shop) -> int:
    """How many records of the followed topics were published again."""
    records = await read_sayings(shop.system.settings.kafka_bootstrap)
    return records.total() - len(records)
