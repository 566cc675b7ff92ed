import asyncio
from typing import Any

import httpx
import pytest
from testkit.simulators import Simulator

pytestmark = pytest.mark.process


def payment(order_id: str, card: str = "tok_visa", amount: int = 500) -> dict[str, Any]:
    return {
        "amount": amount,
        "currency": "gbp",
        "payment_method": card,
        "capture_method": "manual",
        "confirm": True,
        "metadata": {"order_id": order_id},
    }


def test_the_same_key_gives_the_same_answer(psp: Simulator, order_id: str) -> None:
    for card, status in (("tok_visa", 200), ("tok_declined", 402)):
        headers = {"Idempotency-Key": f"{order_id}:{card}"}
        body = payment(order_id, card)
        first = psp.http.post("/v1/payment_intents", json=body, headers=headers)
        again = psp.http.post("/v1/payment_intents", json=body, headers=headers)
        assert first.status_code == again.status_code == status
        assert first.json() == again.json()
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
    assert psp.http.get("/books/summary").json()["intents"] == 2


def test_a_key_belongs_to_one_request(psp: Simulator, order_id: str) -> None:
    headers = {"Idempotency-Key": order_id}
    psp.http.post("/v1/payment_intents", json=payment(order_id), headers=headers)
    other = psp.http.post("/v1/payment_intents", json=payment(order_id, amount=1), headers=headers)
    assert other.status_code == 400
    assert other.json()["error"]["type"] == "idempotency_error"


def test_without_a_key_every_request_charges(psp: Simulator, order_id: str) -> None:
    for _ in range(2):
        psp.http.post("/v1/payment_intents", json=payment(order_id)).raise_for_status()
    assert psp.http.get("/books/summary").json()["intents"] == 2


def test_a_key_must_have_a_sane_length(psp: Simulator, order_id: str) -> None:
    headers = {"Idempotency-Key": "k" * 256}
    answer = psp.http.post("/v1/payment_intents", json=payment(order_id), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "Idempotency-Key"


async def test_of_many_at_once_one_has_the_effect(psp: Simulator, order_id: str) -> None:
    headers = {"Idempotency-Key": order_id}
    async with httpx.AsyncClient(base_url=psp.url, headers=headers) as client:
        body = payment(order_id, "tok_slow")
        answers = await asyncio.gather(
            *(client.post("/v1/payment_intents", json=body) for _ in range(8))
        )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [409] * 7
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["error"]["code"] == "idempotency_key_in_use"
    assert psp.http.get("/books/summary").json()["intents"] == 1


async def test_many_orders_at_once_are_each_charged_once(psp: Simulator) -> None:
    orders = [f"ord_many_{number}" for number in range(200)] * 2
    async with httpx.AsyncClient(base_url=psp.url, timeout=60) as client:

        async def pay(order: str) -> int:
            headers = {"Idempotency-Key": order}
            answer = await client.post("/v1/payment_intents", json=payment(order), headers=headers)
            return answer.status_code

        statuses = await asyncio.gather(*map(pay, orders))
    assert set(statuses) <= {200, 409}
    entries = psp.http.get("/books").json()
    assert sorted(entry["order_id"] for entry in entries) == sorted(set(orders))
