"""A customer changes their mind: in time nothing is taken, too late the parcel goes."""

import pytest
from client import RefusedError
from e2e.shelves import UNITS
from e2e.shop import Shop

pytestmark = pytest.mark.system


async def test_whoever_cancels_in_time_is_charged_nothing(shop: Shop, customer: str) -> None:
    sku = shop.product()
    order_id = await shop.place(customer, sku=sku, token="tok_slow")
    await shop.client.cancel(order_id, customer)
    order = await shop.end(order_id, customer)
    assert (order["status"], order["reason"]) == ("cancelled", "by_customer")
    assert [one["amount_received"] for one in await shop.books.intents(order_id)] in ([], [0])
    assert await shop.books.stock(sku) == {"on_hand": UNITS, "reserved": 0, "shipped": 0}
    assert await shop.books.labels(order_id) == []
    (mail,) = await shop.books.mails(order_id)
    assert "order_cancelled" in mail["MessageID"]


async def test_whoever_cancels_too_late_is_refused_and_gets_the_parcel(
    shop: Shop, customer: str
) -> None:
    order_id = await shop.place(customer)
    await shop.end(order_id, customer)
    with pytest.raises(RefusedError) as refused:
        await shop.client.cancel(order_id, customer)
    assert refused.value.code == "already_shipped"
    order = await shop.client.get(order_id, customer)
    assert order["status"] == "completed"
    (intent,) = await shop.books.intents(order_id)
    assert intent["amount_received"] == order["total"]["amount"]


async def test_nobody_cancels_the_order_of_somebody_else(shop: Shop, customer: str) -> None:
    order_id = await shop.place(customer, token="tok_slow")
    with pytest.raises(RefusedError) as refused:
        await shop.client.cancel(order_id, f"{customer}_2")
    assert (refused.value.status, refused.value.code) == (404, "order_not_found")
    assert (await shop.end(order_id, customer))["status"] == "completed"
