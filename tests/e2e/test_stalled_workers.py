"""A worker that holds its partitions and consumes nothing is found out, and another takes its place."""

import asyncio
from pathlib import Path

import pytest
from e2e.faults import replaced, stopped
from e2e.shop import Shop
from testkit.waiting import TIMEOUT_S

pytestmark = [pytest.mark.system, pytest.mark.alone]
STALLING = str(Path(__file__).parent / "stalled")
A_FEW_EVENTS, AT_ONCE = "a-few-events", "at-once"
STALLED = {"order-worker": A_FEW_EVENTS, "payment-worker": A_FEW_EVENTS, "shipping-worker": AT_ONCE}
"""Since when each has stopped consuming. Order and payment miss orders, shipping misses cancellations."""


def stalled(since: str) -> dict[str, str]:
    return {"PYTHONPATH": STALLING, "STALLED": since}


async def test_stalled_workers_end_themselves_and_their_successors_consume_what_they_missed(
    shop: Shop,
) -> None:
    async with (
        stopped(shop.system, *(f"{worker}-2" for worker in STALLED)),
        replaced(
            shop.system, {worker: stalled(since) for worker, since in STALLED.items()}
        ) as workers,
    ):
        order_ids = [await shop.place() for _ in range(20)]
        for order_id in order_ids[:3]:
            await shop.client.cancel(order_id, "cus_1")
        async with asyncio.timeout(TIMEOUT_S):
            codes = await asyncio.gather(*(worker.wait() for worker in workers.values()))
        assert codes == [1] * len(STALLED)
    for worker in STALLED:
        log = shop.system.folders.log_of(f"{worker}-replaced").read_text()
        assert "events wait, and none was finished for" in log, worker
    await shop.all_ended(order_ids)


async def test_a_worker_that_has_not_begun_to_consume_can_be_stopped(shop: Shop) -> None:
    async with replaced(shop.system, {"shipping-worker": stalled(AT_ONCE)}) as replacements:
        worker = replacements["shipping-worker"]
        worker.terminate()
        assert await asyncio.wait_for(worker.wait(), TIMEOUT_S) in (0, 1)
