import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
Order = Callable[..., dict[str, Any]]


async def test_the_answer_can_be_held_until_the_order_has_ended(shop: Any) -> None:
    customer = shop.customer()
    waiting = asyncio.create_task(shop.place(customer, Prefer="respond-async, wait=20"))
    order_id = await shop.newest_order_of(customer)
    await shop.ends(order_id, customer, "completed")
    answer = await waiting
    assert (answer.status_code, answer.json()["status"]) == (200, "completed")
    assert answer.json()["id"] == order_id
    assert answer.headers["preference-applied"] == "wait=20"
    assert answer.headers["location"] == f"/v1/orders/{order_id}"
    assert answer.headers["etag"] == '"3"'


async def test_an_order_that_does_not_end_in_time_is_answered_as_accepted(shop: Any) -> None:
    answer = await shop.place(shop.customer(), Prefer="wait=1")
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert "preference-applied" not in answer.headers


async def test_a_repeat_can_wait_for_the_outcome_too(shop: Any, body: Order) -> None:
    customer, key = shop.customer(), uuid.uuid4().hex
    first = await shop.send(customer, body(), Idempotency_Key=key)
    await shop.ends(first.json()["id"], customer, "cancelled")
    again = await shop.send(customer, body(), Idempotency_Key=key, Prefer="wait=20")
    assert (again.status_code, again.json()["status"]) == (200, "cancelled")
    assert again.headers["idempotent-replayed"] == "true"
