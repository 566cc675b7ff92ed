"""kill -9 in the midst of many orders: every one that was accepted ends, and all books agree.

What else can happen to which process, `tests/faults` tries.
"""

import asyncio
from functools import partial

import pytest
from e2e.faults import kill
from e2e.shop import Shop
from testkit.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.alone]


async def place_meanwhile_killing(shop: Shop, count: int, victims: dict[int, str]) -> None:
    """Place orders; kill each victim when so many of them were accepted."""
    placing = asyncio.create_task(shop.place_many(count))
    for accepted, victim in victims.items():
        enough = partial(_has_accepted, shop, placing, accepted)
        await until(f"{accepted} orders were accepted", enough)
        assert not placing.done(), "all was over before anything happened"
        await kill(shop.system, victim)
    order_ids = await placing
    assert len(set(order_ids)) == count
    await shop.all_ended(order_ids)


def _has_accepted(shop: Shop, placing: asyncio.Task[list[str]], count: int) -> bool:
    return placing.done() or len(shop.placed) >= count


async def test_many_orders_end_though_workers_are_killed(shop: Shop) -> None:
    await place_meanwhile_killing(shop, 400, {100: "payment-worker", 250: "order-worker-2"})
