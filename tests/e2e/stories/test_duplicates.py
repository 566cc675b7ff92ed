"""A customer who sends an order twice gets it once."""

import asyncio

import pytest
from e2e.shop import Shop, fresh_key

pytestmark = pytest.mark.system


async def test_an_order_that_is_sent_again_is_the_same_order(shop: Shop, customer: str) -> None:
    key, body = fresh_key(), shop.body()
    first = await shop.post("/v1/orders", body, key, customer)
    shop.placed.append(first.json()["id"])
    await shop.end(first.json()["id"], customer)
    again = await shop.post("/v1/orders", body, key, customer)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert len(await shop.client.orders(customer)) == 1


async def test_of_ten_at_once_one_is_an_order(shop: Shop, customer: str) -> None:
    key, body = fresh_key(), shop.body()
    answers = await asyncio.gather(
        *(shop.post("/v1/orders", body, key, customer) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} <= {202, 409}
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    (order_id,) = ids
    shop.placed.append(order_id)
    assert (await shop.end(order_id, customer))["status"] == "completed"
    assert len(await shop.client.orders(customer)) == 1
    assert len(await shop.books.intents(order_id)) == 1


async def test_a_key_that_is_used_for_another_order_is_refused(shop: Shop, customer: str) -> None:
    key = fresh_key()
    first = await shop.post("/v1/orders", shop.body(quantity=1), key, customer)
    shop.placed.append(first.json()["id"])
    other = await shop.post("/v1/orders", shop.body(quantity=2), key, customer)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
