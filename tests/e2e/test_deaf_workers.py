"""A worker that holds its partitions and hears nothing is found out, and another takes its place."""

import asyncio
from pathlib import Path

import pytest
from e2e.faults import replaced, stopped
from e2e.shop import Shop

pytestmark = [pytest.mark.system, pytest.mark.alone]
DEAFNESS = str(Path(__file__).parent / "deaf")
DEADLINE_S = 60


@pytest.mark.parametrize(
    ("worker", "since"),
    [
        ("order-worker", "a-few-events"),
        ("payment-worker", "a-few-events"),
        ("payment-worker", "at-once"),
    ],
)
async def test_a_deaf_worker_ends_itself_and_its_successor_hears_what_it_missed(
    shop: Shop, worker: str, since: str
) -> None:
    deaf = {"PYTHONPATH": DEAFNESS, "DEAF": since}
    async with (
        stopped(shop.system, f"{worker}-2"),
        replaced(shop.system, {worker: deaf}) as replacements,
    ):
        order_ids = [await shop.place() for _ in range(20)]
        code = await asyncio.wait_for(replacements[worker].wait(), DEADLINE_S)
        assert code == 1
    log = shop.system.folders.log_of(f"{worker}-replaced").read_text()
    assert "events wait, and none was finished for" in log
    await shop.all_ended(order_ids)


async def test_a_worker_that_has_not_begun_to_hear_can_be_stopped(shop: Shop) -> None:
    deaf = {"PYTHONPATH": DEAFNESS, "DEAF": "at-once"}
    async with replaced(shop.system, {"shipping-worker": deaf}) as replacements:
        worker = replacements["shipping-worker"]
        worker.terminate()
        assert await asyncio.wait_for(worker.wait(), DEADLINE_S) in (0, 1)
