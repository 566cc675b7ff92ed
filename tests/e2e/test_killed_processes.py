"""kill -9 of anything, in the midst of orders: every accepted order ends and all books agree."""

import asyncio
import os
import signal
from functools import partial

import pytest
from e2e.faults import kill, ready
from e2e.shop import Shop
from e2e.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


async def place_meanwhile_killing(shop: Shop, count: int, victims: dict[int, str]) -> None:
    """Place orders; kill each victim when so many of them were accepted."""
    placing = asyncio.create_task(shop.place_many(count))
    for accepted, victim in victims.items():
        await until(
            f"{accepted} orders were accepted",
            partial(_has_accepted, shop, placing, accepted),
            seconds=120,
        )
        assert not placing.done(), "all was over before anything happened"
        await kill(shop.system, victim)
    order_ids = await placing
    assert len(set(order_ids)) == count
    await shop.all_ended(order_ids)
    await shop.audited()


def _has_accepted(shop: Shop, placing: asyncio.Task[list[str]], count: int) -> bool:
    return placing.done() or len(shop.placed) >= count


async def test_two_thousand_orders_end_though_workers_are_killed(shop: Shop) -> None:
    await place_meanwhile_killing(shop, 2000, {600: "payment-worker", 1200: "order-worker-2"})


async def test_orders_end_though_the_gateway_is_killed(shop: Shop) -> None:
    await place_meanwhile_killing(shop, 300, {100: "gateway"})


async def test_orders_end_though_kafka_is_killed(shop: Shop) -> None:
    await place_meanwhile_killing(shop, 400, {150: "kafka"})


async def test_orders_end_though_postgres_is_killed(shop: Shop) -> None:
    await place_meanwhile_killing(shop, 400, {150: "postgres"})


async def test_a_worker_that_was_frozen_and_goes_on_does_nothing_twice(shop: Shop) -> None:
    """Longer than the broker waits for a sign of life: its work was given to the other instance."""
    frozen = shop.system.states()["payment-worker"].pid
    assert frozen is not None
    first = await shop.place_many(50)
    os.kill(frozen, signal.SIGSTOP)
    try:
        order_ids = first + await shop.place_many(150)
        await shop.all_ended(order_ids)
    finally:
        os.kill(frozen, signal.SIGCONT)
    await ready(shop.system, "payment-worker", "payment-worker-2")
    await shop.audited()
