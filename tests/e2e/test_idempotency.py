"""One idempotency key is one order, however often and however fast it is sent."""

import asyncio

import pytest
from e2e.shop import Shop, fresh_key

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]
KEYS = "SELECT count(*) FROM idempotency_keys WHERE key = $1"


async def test_the_same_order_sent_twenty_times_at_once_is_one_order(shop: Shop) -> None:
    key, body = fresh_key(), shop.body(sku=shop.product(), quantity=1)
    answers = await asyncio.gather(*(shop.post("/v1/orders", body, key) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    (order_id,) = {answer.json()["id"] for answer in answers if answer.is_success}
    assert (await shop.end(order_id))["status"] == "completed"
    assert len(await shop.books.intents(order_id)) == 1
    assert await shop.books.ask("gateway", KEYS, key["Idempotency-Key"]) == 1
    await shop.audited()


async def test_the_same_key_with_another_order_is_refused(shop: Shop) -> None:
    key = fresh_key()
    first = await shop.post("/v1/orders", shop.body(quantity=1), key)
    second = await shop.post("/v1/orders", shop.body(quantity=2), key)
    assert (first.status_code, second.status_code) == (202, 422)
    assert second.json()["code"] == "idempotency_key_reused"


async def test_a_key_belongs_to_its_customer(shop: Shop) -> None:
    key, body = fresh_key(), shop.body()
    answers = [await shop.post("/v1/orders", body, key, who) for who in ("cus_1", "cus_2")]
    assert len({answer.json()["id"] for answer in answers}) == 2
