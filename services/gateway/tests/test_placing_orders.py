import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from events.limits import AMOUNT_MAX, UNITS_MAX
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
Order = Callable[..., dict[str, Any]]
CARD = "4111 1111 1111 1111"


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_an_accepted_order_is_answered_with_where_to_find_it(shop: Any) -> None:
    customer = shop.customer()
    answer = await shop.place(customer)
    order = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/orders/{order['id']}"
    assert answer.headers["retry-after"] == "1"
    assert "idempotent-replayed" not in answer.headers
    assert (order["status"], order["customer_id"]) == ("accepted", customer)
    assert order["total"] == {"amount": 999, "currency": "GBP"}
    assert order["lines"][0] == {
        "sku": "MUG 1",
        "name": "A mug",
        "quantity": 2,
        "unit_price": 450,
    }
    assert order["links"]["cancel"] == f"/v1/orders/{order['id']}/cancel"
    assert "recipient" not in answer.text


async def test_a_refused_order_is_reported_as_a_problem(shop: Any, body: Order) -> None:
    order = body(lines=[{"sku": "MUG 1", "quantity": 0}])
    answer = await shop.send(shop.customer(), order, X_Request_Id="my-request.1")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == "my-request.1"
    problem = answer.json()
    assert problem["type"] == "/problems/invalid_order"
    assert (problem["status"], problem["code"]) == (422, "invalid_order")
    assert problem["request_id"] == "my-request.1"
    assert pointers(answer) == ["/lines/0/quantity"]
    explained = (await shop.http.get(problem["type"])).json()
    assert explained["title"] == problem["title"]


@pytest.mark.parametrize(
    ("changes", "refusal", "where"),
    [
        ({"lines": [{"sku": "GONE", "quantity": 1}]}, (422, "unknown_sku"), "/lines/0/sku"),
        ({"currency": "EUR"}, (422, "wrong_currency"), "/currency"),
        (
            {"expected_total": {"amount": 1, "currency": "GBP"}},
            (409, "price_changed"),
            "/expected_total/amount",
        ),
        ({"card": {"number": CARD}}, (422, "card_number_refused"), "/card/number"),
        ({"surprise": 1}, (422, "invalid_order"), "/surprise"),
    ],
)
async def test_refusals_point_at_what_is_wrong(
    shop: Any, body: Order, changes: dict[str, Any], refusal: tuple[int, str], where: str
) -> None:
    answer = await shop.send(shop.customer(), body(**changes))
    assert (answer.status_code, answer.json()["code"]) == refusal
    assert pointers(answer) == [where]


async def test_a_card_number_is_neither_repeated_nor_logged(shop: Any, body: Order) -> None:
    answer = await shop.send(shop.customer(), body(payment={"token": CARD, CARD: 1}))
    assert answer.json()["code"] == "card_number_refused"
    # Not its first digits alone: random ids hold those too.
    for written in (CARD, CARD.replace(" ", ""), CARD[:9], CARD[:9].replace(" ", "")):
        assert written not in answer.text
        assert written not in shop.gateway.log


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_an_order_needs_an_idempotency_key(shop: Any, key: str) -> None:
    answer = await shop.place(shop.customer(), Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("idempotency_key_missing", "idempotency_key_invalid")


async def raw(shop: Any, content: bytes, media_type: str = "application/json") -> Any:
    headers = {"Idempotency-Key": "k", "Content-Type": media_type} | shop.token(shop.customer())
    return await shop.http.post("/v1/orders", content=content, headers=headers)


async def test_broken_json_is_reported_with_its_place(shop: Any) -> None:
    answer = await raw(shop, b'{"lines": [')
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")
    assert "line 1, column 12" in answer.json()["detail"]


async def test_only_json_is_accepted(shop: Any) -> None:
    answer = await raw(shop, b"a=1", "application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_large_body_is_refused_whether_or_not_it_announces_its_size(shop: Any) -> None:
    content = json.dumps({"filling": "x" * 300_000}).encode()

    async def in_pieces() -> Any:
        yield content

    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    headers |= shop.token(shop.customer())
    for sent in (content, in_pieces()):
        answer = await shop.http.post("/v1/orders", content=sent, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_unknown_addresses_and_methods_are_problems_too(shop: Any) -> None:
    missing = await shop.http.get("/v2/orders")
    wrong = await shop.http.delete("/v1/orders")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"]


async def test_a_large_order_is_accepted(shop: Any, body: Order) -> None:
    skus = [f"BULK-{number}" for number in range(300)]
    for sku in skus:
        await shop.lists(sku, f"Article {sku}", 3)
    await shop.sells(skus[-1])
    async with asyncio.timeout(TIMEOUT_S):
        answer = await shop.send(
            shop.customer(), body(lines=[{"sku": sku, "quantity": 13} for sku in skus])
        )
    assert answer.status_code == 202
    assert answer.json()["total"]["amount"] == 300 * 13 * 3


async def is_listed(shop: Any, body: Order, sku: str) -> None:
    """Wait until the gateway knows of a product, whatever it then says of an order for it."""
    wrong = {"amount": 7, "currency": "GBP"}
    wanted = body(lines=[{"sku": sku, "quantity": 1}], expected_total=wrong)

    async def is_known() -> bool:
        answer = await shop.send("anybody", wanted)
        return bool(answer.json()["code"] != "unknown_sku")

    await until(f"the gateway knows of {sku}", is_known)


async def test_what_no_neighbour_would_take_is_refused_and_nothing_is_written(
    shop: Any, body: Order
) -> None:
    long = [f"LONG-{number}" for number in range(10)]
    for sku in long:
        await shop.lists(sku, "\U0001f381" * 30_000, 1)
    await shop.lists("FREE", "A gift", 0)
    await shop.lists("DEAR", "A ship", AMOUNT_MAX)
    for sku in (*long, "FREE", "DEAR"):
        await is_listed(shop, body, sku)
    customer = shop.customer()
    refused = {
        "order_too_heavy": [("MUG 1", UNITS_MAX), ("PEN.2", 1)],
        "order_too_expensive": [("DEAR", 1), ("PEN.2", 1)],
        "order_too_cheap": [("FREE", 1)],
        "order_too_large": [(sku, 1) for sku in long],
    }
    for code, wanted in refused.items():
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in wanted]
        answer = await shop.send(customer, body(lines=lines))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert pointers(answer) == ["/lines"]
    assert await shop.accepted_of(customer) == 0


async def test_an_order_that_was_accepted_is_accepted_again_whatever_the_bounds_are_now(
    shop: Any, body: Order
) -> None:
    await shop.lists("WAS CHEAP", "A stone", 1)
    await shop.sells("WAS CHEAP")
    customer, key = shop.customer(), {"Idempotency-Key": "a stone"}
    order = body(lines=[{"sku": "WAS CHEAP", "quantity": 2}])
    first = await shop.send(customer, order, **key)
    await shop.lists("WAS CHEAP", "A stone", AMOUNT_MAX)

    async def is_dear() -> bool:
        answer = await shop.send(shop.customer(), order)
        return bool(answer.json().get("code") == "order_too_expensive")

    await until("the price has changed", is_dear)
    again = await shop.send(customer, order, **key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
