"""An order that takes too long is stopped like one that its customer cancels."""

import pytest
from e2e.faults import replaced, stopped
from e2e.shelves import UNITS
from e2e.shop import Shop

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
SOON = {"DEADLINE_S": "1"}


@pytest.mark.parametrize("slow", [{"token": "tok_slow"}, {"name": "SLOW Tester"}])
async def test_an_order_that_is_overdue_is_cancelled_and_nothing_charged(
    shop: Shop, slow: dict[str, str]
) -> None:
    sku = shop.product()
    async with (
        stopped(shop.system, "order-worker-2"),
        replaced(shop.system, {"order-worker": SOON}),
    ):
        order_id = await shop.place(sku=sku, **slow)
        order = await shop.end(order_id)
    assert (order["status"], order["reason"]) == ("cancelled", "overdue")
    (intent,) = await shop.books.intents(order_id)
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert await shop.books.stock(sku) == {"on_hand": UNITS, "reserved": 0, "shipped": 0}
    assert all(label["status"] == "cancelled" for label in await shop.books.labels(order_id))
    await shop.audited()
