"""An order that takes too long is stopped like one that its customer cancels."""

import pytest
from e2e.faults import replaced, stopped
from e2e.shelves import UNITS
from e2e.shop import Shop

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
SOON = {"DEADLINE_S": "1"}


async def test_orders_that_are_overdue_are_cancelled_and_nothing_is_charged(shop: Shop) -> None:
    unpaid, unshipped = shop.product(), shop.product()
    async with (
        stopped(shop.system, "order-worker-2"),
        replaced(shop.system, {"order-worker": SOON}),
    ):
        orders = {
            await shop.place(sku=unpaid, token="tok_slow"): unpaid,
            await shop.place(sku=unshipped, name="SLOW Tester"): unshipped,
        }
        ends = [await shop.end(order_id) for order_id in orders]
    assert [(end["status"], end["reason"]) for end in ends] == [("cancelled", "overdue")] * 2
    for order_id, sku in orders.items():
        (intent,) = await shop.books.intents(order_id)
        assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
        assert await shop.books.stock(sku) == {"on_hand": UNITS, "reserved": 0, "shipped": 0}
        assert all(one["status"] == "cancelled" for one in await shop.books.labels(order_id))
    await shop.audited()
