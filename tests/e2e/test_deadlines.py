"""An order that takes too long is stopped like one that its customer cancels."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from e2e.asking_to_cancel import assert_promise_kept
from e2e.cancellations import MOMENTS
from e2e.faults import replaced, stopped
from e2e.shelves import UNITS
from e2e.shop import Shop

pytestmark = [pytest.mark.system, pytest.mark.alone, pytest.mark.usefixtures("soon")]
DEADLINE_S = 1
(AT_THE_SAME_TIME,) = (moment for moment in MOMENTS if moment.deadline_s is not None)


@pytest.fixture(scope="module")
async def soon(open_doors: Shop) -> AsyncIterator[None]:
    """Orders have one second to end."""
    deadline = {"order-worker": {"DEADLINE_S": str(DEADLINE_S)}}
    async with (
        stopped(open_doors.system, "order-worker-2"),
        replaced(open_doors.system, deadline),
    ):
        yield


async def test_orders_that_are_overdue_are_cancelled_and_nothing_is_charged(shop: Shop) -> None:
    unpaid, unshipped = shop.product(), shop.product()
    orders = {
        await shop.place(sku=unpaid, token="tok_slow"): unpaid,
        await shop.place(sku=unshipped, name="SLOW Tester"): unshipped,
    }
    ends = await asyncio.gather(*(shop.end(order_id) for order_id in orders))
    assert [(end["status"], end["reason"]) for end in ends] == [("cancelled", "overdue")] * 2
    for order_id, sku in orders.items():
        (intent,) = await shop.books.intents(order_id)
        assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
        assert await shop.books.stock(sku) == {"on_hand": UNITS, "reserved": 0, "shipped": 0}
        assert all(one["status"] == "cancelled" for one in await shop.books.labels(order_id))


async def test_a_customer_who_asks_when_the_deadline_passes_gets_what_is_promised(
    shop: Shop,
) -> None:
    assert AT_THE_SAME_TIME.deadline_s == DEADLINE_S
    await assert_promise_kept(shop, AT_THE_SAME_TIME)
