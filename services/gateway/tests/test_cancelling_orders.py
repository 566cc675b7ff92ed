import asyncio
from typing import Any

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
TOPIC = "cancellation-requested"


async def placed(shop: Any, customer: str) -> str:
    answer = await shop.place(customer)
    return str(answer.json()["id"])


async def cancel(shop: Any, order_id: str, customer: str, **headers: str) -> Any:
    return await shop.http.post(
        f"/v1/orders/{order_id}/cancel", headers=shop.token(customer) | headers
    )


async def test_a_cancellation_is_asked_for_once_however_often_it_is_sent(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    answers = await asyncio.gather(*(cancel(shop, order_id, customer) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert answers[0].headers["location"] == f"/v1/orders/{order_id}"
    assert answers[0].json()["id"] == order_id
    marker = await placed(shop, customer)
    await cancel(shop, marker, customer)
    await shop.published(TOPIC, marker)
    (envelope,) = await shop.published(TOPIC, order_id)
    assert envelope.event.type_name() == "orderstream.CancellationRequested.v1"
    assert (envelope.sequence, envelope.source) == (1, "gateway")
    assert envelope.correlation_id == order_id


async def test_other_customers_orders_cannot_be_cancelled(shop: Any) -> None:
    order_id = await placed(shop, shop.customer())
    answer = await cancel(shop, order_id, shop.customer())
    assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
    assert (await cancel(shop, f"ord_{'0' * 32}", shop.customer())).status_code == 404


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("shipped", "already_shipped"),
        ("completed", "already_shipped"),
        ("cancelled", "already_final"),
    ],
)
async def test_an_order_that_is_known_to_be_too_far_cannot_be_cancelled(
    shop: Any, status: str, code: str
) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    shop.order_service.knows(order_id, customer, status)
    answer = await cancel(shop, order_id, customer)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_asking_again_after_the_cancellation_is_no_fault(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    await cancel(shop, order_id, customer)
    shop.order_service.knows(order_id, customer, "cancelled")
    again = await cancel(shop, order_id, customer)
    assert (again.status_code, again.json()["status"]) == (202, "cancelled")


async def test_the_question_is_kept_while_the_order_service_is_away(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    shop.order_service.failing = True
    try:
        answer = await cancel(shop, order_id, customer)
    finally:
        shop.order_service.failing = False
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert await shop.published(TOPIC, order_id)


async def test_the_answer_can_be_held_until_the_order_has_ended(shop: Any) -> None:
    customer = shop.customer()
    order_id = await placed(shop, customer)
    waiting = asyncio.create_task(cancel(shop, order_id, customer, Prefer="wait=20"))
    await shop.published(TOPIC, order_id)
    await shop.ends(order_id, customer, "cancelled")
    answer = await waiting
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.headers["preference-applied"] == "wait=20"
