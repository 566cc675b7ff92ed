"""A customer changes their mind: shipping decides whether it is still possible."""

import asyncio

import pytest
from e2e.faults import stopped
from e2e.shelves import UNITS
from e2e.shop import Shop
from e2e.waiting import until
from orderstream.client import RefusedError

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
UNTOUCHED = {"on_hand": UNITS, "reserved": 0, "shipped": 0}
CUSTOMER = "cus_1"
SAID = """
    SELECT count(*) FROM accepted_orders
    WHERE order_id = $1 AND cancellation_requested_at IS NOT NULL
"""
SHIPPED = "SELECT status = 'initiated' FROM shipments WHERE order_id = $1"


async def assert_cancelled(shop: Shop, order_id: str, sku: str) -> None:
    order = await shop.end(order_id)
    assert (order["status"], order["reason"]) == ("cancelled", "by_customer")
    (intent,) = await shop.books.intents(order_id)
    assert (intent["status"], intent["amount_received"]) == ("canceled", 0)
    assert await shop.books.stock(sku) == UNTOUCHED
    assert all(label["status"] == "cancelled" for label in await shop.books.labels(order_id))
    await shop.audited()


async def test_an_order_that_is_cancelled_before_it_is_paid_for_costs_nothing(shop: Shop) -> None:
    sku = shop.product()
    order_id = await shop.place(sku=sku, token="tok_slow")
    document = await shop.client.cancel(order_id, CUSTOMER)
    assert document["status"] in ("accepted", "cancelling")
    await assert_cancelled(shop, order_id, sku)
    assert await shop.books.labels(order_id) == []


async def test_an_order_that_is_cancelled_between_payment_and_shipping_gives_all_back(
    shop: Shop,
) -> None:
    sku = shop.product()
    order_id = await shop.place(sku=sku, quantity=4, name="SLOW Tester")

    async def is_reserved() -> bool:
        return await shop.status(order_id) == "reserved"

    await until("the goods are reserved", is_reserved)
    assert await shop.books.stock(sku) == {"on_hand": UNITS - 4, "reserved": 4, "shipped": 0}
    await shop.client.cancel(order_id, CUSTOMER)
    await assert_cancelled(shop, order_id, sku)


async def test_asking_twice_to_cancel_is_asking_once(shop: Shop) -> None:
    sku = shop.product()
    order_id = await shop.place(sku=sku, name="SLOW Tester")
    await asyncio.gather(*(shop.client.cancel(order_id, CUSTOMER) for _ in range(2)))
    await assert_cancelled(shop, order_id, sku)
    document = await shop.client.cancel(order_id, CUSTOMER)
    assert document["status"] == "cancelled"
    order = await shop.end(order_id)
    assert [change["status"] for change in order["history"]].count("cancelling") == 1
    assert await shop.books.ask("gateway", SAID, order_id) == 1


async def test_a_completed_order_cannot_be_cancelled_and_stays_completed(shop: Shop) -> None:
    order_id = await shop.place()
    await shop.end(order_id)
    with pytest.raises(RefusedError) as refused:
        await shop.client.cancel(order_id, CUSTOMER)
    assert (refused.value.status, refused.value.code) == (409, "already_shipped")
    assert await shop.status(order_id) == "completed"
    await shop.audited()


async def test_a_cancellation_that_comes_after_the_parcel_is_refused_by_shipping(
    shop: Shop,
) -> None:
    # Nobody tells the gateway that the parcel has left, so it takes the question.
    async with stopped(shop.system, "order-worker", "order-worker-2"):
        order_id = await shop.place()

        async def has_left() -> bool:
            return bool(await shop.books.ask("shipping", SHIPPED, order_id))

        await until("the parcel has left", has_left)
        document = await shop.client.cancel(order_id, CUSTOMER)
        assert document["status"] == "accepted"
    order = await shop.end(order_id)
    assert order["status"] == "completed"
    (label,) = await shop.books.labels(order_id)
    assert label["status"] == "pre_transit"
    await shop.audited()
