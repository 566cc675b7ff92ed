"""Every way that an order can go, over HTTP, with the books of everybody concerned."""

import asyncio
from typing import Any

import pytest
from e2e.shelves import UNITS
from e2e.shop import Shop, fresh_key
from testkit.waiting import until

pytestmark = pytest.mark.system
UNTOUCHED = {"on_hand": UNITS, "reserved": 0, "shipped": 0}


async def test_an_order_is_paid_for_shipped_and_its_customer_notified(
    shop: Shop, customer: str
) -> None:
    sku = shop.product()
    order_id = await shop.place(customer, sku=sku, quantity=3)
    order = await shop.end(order_id, customer)
    assert order["status"] == "completed"
    assert await shop.books.stock(sku) == {"on_hand": UNITS - 3, "reserved": 0, "shipped": 3}
    (intent,) = await shop.books.intents(order_id)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", order["total"]["amount"])
    (label,) = await shop.books.labels(order_id)
    assert (label["status"], label["tracking_code"]) == ("pre_transit", order["tracking_code"])
    (mail,) = await shop.books.mails(order_id)
    assert mail["MessageID"] == f"{order_id}.order_shipped@orderstream.example"


@pytest.mark.parametrize("token", ["tok_declined", "tok_insufficient_funds"])
async def test_a_declined_card_ends_the_order_and_moves_nothing(
    shop: Shop, customer: str, token: str
) -> None:
    sku = shop.product()
    order_id = await shop.place(customer, sku=sku, token=token)
    order = await shop.end(order_id, customer)
    await assert_cancelled(shop, order, sku, "payment_declined", ["requires_payment_method"])
    (mail,) = await shop.books.mails(order_id)
    assert "order_cancelled" in mail["MessageID"]


@pytest.mark.parametrize("token", ["tok_of_another_provider", "x" * 100])
async def test_a_token_that_stands_for_no_card_is_a_declined_payment(
    shop: Shop, customer: str, token: str
) -> None:
    sku = shop.product()
    order_id = await shop.place(customer, sku=sku, token=token)
    order = await shop.end(order_id, customer)
    await assert_cancelled(shop, order, sku, "payment_declined", [])


async def test_what_is_out_of_stock_is_not_paid_for(shop: Shop, customer: str) -> None:
    sku = shop.product()
    order_id = await shop.place(customer, sku=sku, quantity=UNITS + 1)
    order = await shop.end(order_id, customer)
    await assert_cancelled(shop, order, sku, "out_of_stock", ["canceled"])


async def test_the_last_units_go_to_one_of_those_who_want_them(shop: Shop, customer: str) -> None:
    sku = shop.product()
    rivals = [f"{customer}_{number}" for number in range(6)]
    order_ids = await asyncio.gather(
        *(shop.place(rival, sku=sku, quantity=UNITS) for rival in rivals)
    )
    await shop.all_ended(order_ids)
    ends = [await shop.status(*pair) for pair in zip(order_ids, rivals, strict=True)]
    assert sorted(ends) == ["cancelled"] * 5 + ["completed"]
    assert await shop.books.stock(sku) == {"on_hand": 0, "reserved": 0, "shipped": UNITS}


async def test_where_the_carrier_does_not_go_nothing_is_charged(shop: Shop, customer: str) -> None:
    sku = shop.product()
    order_id = await shop.place(customer, sku=sku, name="UNDELIVERABLE Tester")
    order = await shop.end(order_id, customer)
    await assert_cancelled(shop, order, sku, "undeliverable", ["canceled"])


@pytest.mark.parametrize(
    "token", ["tok_processing_error_once", "tok_timeout_once", "tok_capture_error_once"]
)
async def test_a_provider_that_stumbles_once_is_asked_again_and_charges_once(
    shop: Shop, customer: str, token: str
) -> None:
    order_id = await shop.place(customer, token=token)
    order = await shop.end(order_id, customer)
    assert order["status"] == "completed"
    (intent,) = await shop.books.intents(order_id)
    assert (intent["status"], intent["amount_received"]) == ("succeeded", order["total"]["amount"])


@pytest.mark.parametrize("name", ["ERROR-ONCE Tester", "TIMEOUT-ONCE Tester"])
async def test_a_carrier_that_stumbles_once_is_asked_again_and_takes_one_parcel(
    shop: Shop, customer: str, name: str
) -> None:
    order_id = await shop.place(customer, name=name)
    assert (await shop.end(order_id, customer))["status"] == "completed"
    (label,) = await shop.books.labels(order_id)
    assert label["status"] == "pre_transit"


async def test_whoever_prefers_to_wait_is_answered_with_the_end(shop: Shop, customer: str) -> None:
    headers = fresh_key() | {"Prefer": "wait=20"}
    answer = await shop.post("/v1/orders", shop.body(), headers, customer)
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=20")
    assert answer.json()["status"] == "completed"


async def test_an_accepted_order_is_found_at_once_and_never_goes_back(
    shop: Shop, customer: str
) -> None:
    order_ids = await asyncio.gather(*(shop.place(customer) for _ in range(5)))

    async def watch(order_id: str) -> list[str]:
        seen: list[str] = []

        async def look() -> bool:
            answer = await shop.get(f"/v1/orders/{order_id}", customer)
            assert answer.status_code != 404, answer.text
            if answer.is_success:  # a busy service may ask to come back later
                seen.append(answer.json()["status"])
            return seen[-1:] == ["completed"]

        await until("the order is completed", look)
        return seen

    stages = ("accepted", "authorized", "reserved", "shipped", "completed")
    for seen in await asyncio.gather(*(watch(order_id) for order_id in order_ids)):
        assert seen == sorted(seen, key=stages.index)


async def assert_cancelled(
    shop: Shop, order: dict[str, Any], sku: str, reason: str, intents: list[str]
) -> None:
    """Nothing was charged, set aside or shipped; `intents` is where the provider's books stand."""
    assert (order["status"], order["reason"]) == ("cancelled", reason)
    asked = await shop.books.intents(order["id"])
    assert [(one["status"], one["amount_received"]) for one in asked] == [
        (status, 0) for status in intents
    ]
    assert await shop.books.stock(sku) == UNTOUCHED
    assert await shop.books.labels(order["id"]) == []
