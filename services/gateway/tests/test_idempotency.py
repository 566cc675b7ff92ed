import asyncio
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import asyncpg
import pytest
from testkit.locks import waiting_for_locks
from testkit.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
Order = Callable[..., dict[str, Any]]


async def orders_of(shop: Any, customer: str) -> int:
    connection = await asyncpg.connect(shop.environment["DATABASE_URL"])
    try:
        count: int = await connection.fetchval(
            "SELECT count(*) FROM accepted_orders WHERE customer_id = $1", customer
        )
        return count
    finally:
        await connection.close()


async def test_a_repeat_is_given_the_first_answer(shop: Any, body: Order) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    first = await shop.send(customer, body(), Idempotency_Key=key)
    other_form = dict(reversed(body().items()))
    again = await shop.send(customer, other_form, Idempotency_Key=key)
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await orders_of(shop, customer) == 1


async def test_twenty_at_once_are_one_order(shop: Any, body: Order) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    answers = await asyncio.gather(
        *(shop.send(customer, body(), Idempotency_Key=key) for _ in range(20))
    )
    answered = Counter(
        (answer.status_code, answer.json().get("code"), "idempotent-replayed" in answer.headers)
        for answer in answers
    )
    assert answered[202, None, False] == 1
    assert set(answered) <= {
        (202, None, False),
        (202, None, True),
        (409, "idempotency_key_in_use", False),
    }
    assert len({answer.content for answer in answers if answer.is_success}) == 1
    assert await orders_of(shop, customer) == 1


async def test_a_key_is_in_use_until_its_order_is_written(shop: Any, body: Order) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    connection = await asyncpg.connect(shop.environment["DATABASE_URL"])
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE idempotency_keys IN EXCLUSIVE MODE")
            first = asyncio.create_task(shop.send(customer, body(), Idempotency_Key=key))
            await until("the order waits for the lock", lambda: waiting_for_locks(connection))
            again = await shop.send(customer, body(lines=None), Idempotency_Key=key)
            assert again.json()["code"] == "invalid_order"
            again = await shop.send(customer, body(), Idempotency_Key=key)
        assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_in_use")
        assert again.headers["retry-after"] == "1"
        assert (await first).status_code == 202
    finally:
        await connection.close()
    again = await shop.send(customer, body(), Idempotency_Key=key)
    assert (again.status_code, again.content) == (202, (await first).content)


async def test_a_key_stands_for_one_body(shop: Any, body: Order) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    await shop.send(customer, body(), Idempotency_Key=key)
    other = await shop.send(
        customer, body(lines=[{"sku": "MUG 1", "quantity": 3}]), Idempotency_Key=key
    )
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await orders_of(shop, customer) == 1


async def test_a_key_belongs_to_its_customer(shop: Any, body: Order) -> None:
    key = uuid.uuid4().hex
    answers = [await shop.send(shop.customer(), body(), Idempotency_Key=key) for _ in range(2)]
    assert len({answer.json()["id"] for answer in answers}) == 2


async def test_a_refused_order_does_not_use_up_its_key(shop: Any, body: Order) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    refused = await shop.send(
        customer, body(lines=[{"sku": "GONE", "quantity": 1}]), Idempotency_Key=key
    )
    accepted = await shop.send(customer, body(), Idempotency_Key=key)
    assert (refused.status_code, accepted.status_code) == (422, 202)


async def test_a_repeat_is_answered_though_the_price_has_changed(shop: Any, body: Order) -> None:
    sku, customer, key = f"SKU-{uuid.uuid4().hex[:8]}", shop.customer(), uuid.uuid4().hex
    await shop.lists(sku, "A thing", 100)
    await shop.sells(sku)
    order = body(
        lines=[{"sku": sku, "quantity": 1}], expected_total={"amount": 100, "currency": "GBP"}
    )
    first = await shop.send(customer, order, Idempotency_Key=key)
    await shop.lists(sku, "A thing", 200)

    async def price_has_changed() -> bool:
        return bool((await shop.send(customer, order)).status_code == 409)

    await until("the price has changed", price_has_changed)
    again = await shop.send(customer, order, Idempotency_Key=key)
    assert (again.status_code, again.content) == (202, first.content)
