from typing import Any

import pytest
from testkit.simulators import Simulator

pytestmark = pytest.mark.process


def held(psp: Simulator, order_id: str, card: str = "tok_visa") -> str:
    body = {
        "amount": 1000,
        "currency": "gbp",
        "payment_method": card,
        "capture_method": "manual",
        "confirm": True,
        "metadata": {"order_id": order_id},
    }
    answer = psp.http.post("/v1/payment_intents", json=body)
    intent_id: str = answer.raise_for_status().json()["id"]
    return intent_id


def entry(psp: Simulator, intent_id: str) -> dict[str, Any]:
    found = [e for e in psp.http.get("/books").json() if e["intent_id"] == intent_id]
    assert len(found) == 1
    one: dict[str, Any] = found[0]
    return one


def test_held_money_is_captured_once(psp: Simulator, order_id: str) -> None:
    path = f"/v1/payment_intents/{held(psp, order_id)}/capture"
    first = psp.http.post(path, headers={"Idempotency-Key": "capture-1"})
    assert first.json()["status"] == "succeeded"
    assert (first.json()["amount_received"], first.json()["amount_capturable"]) == (1000, 0)
    replayed = psp.http.post(path, headers={"Idempotency-Key": "capture-1"})
    assert replayed.json() == first.json()
    assert replayed.headers["Idempotent-Replayed"] == "true"
    second = psp.http.post(path, headers={"Idempotency-Key": "capture-2"})
    assert second.status_code == 400
    assert second.json()["error"]["code"] == "payment_intent_unexpected_state"
    assert entry(psp, first.json()["id"])["captures"] == 1


def test_a_part_can_be_captured_but_never_more_than_is_held(psp: Simulator, order_id: str) -> None:
    intent_id = held(psp, order_id)
    path = f"/v1/payment_intents/{intent_id}/capture"
    assert psp.http.post(path, json={"amount_to_capture": 1001}).status_code == 400
    assert psp.http.post(path, json={"amount_to_capture": 600}).json()["amount_received"] == 600


def test_a_capture_error_strikes_once(psp: Simulator, order_id: str) -> None:
    intent_id = held(psp, order_id, "tok_capture_error_once")
    path = f"/v1/payment_intents/{intent_id}/capture"
    headers = {"Idempotency-Key": f"{order_id}:capture"}
    assert psp.http.post(path, headers=headers).status_code == 500
    assert entry(psp, intent_id)["captures"] == 0
    assert psp.http.post(path, headers=headers).status_code == 200
    assert entry(psp, intent_id)["captures"] == 1


def test_held_money_can_be_released_but_captured_money_cannot(
    psp: Simulator, order_id: str
) -> None:
    released = f"/v1/payment_intents/{held(psp, order_id)}"
    reason = {"cancellation_reason": "requested_by_customer"}
    answer = psp.http.post(f"{released}/cancel", json=reason).json()
    assert (answer["status"], answer["amount_capturable"]) == ("canceled", 0)
    assert psp.http.post(f"{released}/capture").status_code == 400
    captured = f"/v1/payment_intents/{held(psp, order_id)}"
    psp.http.post(f"{captured}/capture").raise_for_status()
    refused = psp.http.post(f"{captured}/cancel")
    assert refused.status_code == 400
    assert refused.json()["error"]["payment_intent"]["status"] == "succeeded"


def test_refunds_never_exceed_what_was_captured(psp: Simulator, order_id: str) -> None:
    intent_id = held(psp, order_id)
    assert psp.http.post("/v1/refunds", json={"payment_intent": intent_id}).status_code == 400
    psp.http.post(f"/v1/payment_intents/{intent_id}/capture").raise_for_status()
    part = psp.http.post("/v1/refunds", json={"payment_intent": intent_id, "amount": 300})
    assert (part.json()["object"], part.json()["amount"]) == ("refund", 300)
    too_much = psp.http.post("/v1/refunds", json={"payment_intent": intent_id, "amount": 701})
    assert too_much.json()["error"]["code"] == "amount_too_large"
    rest = psp.http.post("/v1/refunds", json={"payment_intent": intent_id})
    assert rest.json()["amount"] == 700
    nothing_left = psp.http.post("/v1/refunds", json={"payment_intent": intent_id})
    assert nothing_left.json()["error"]["code"] == "charge_already_refunded"
    assert entry(psp, intent_id)["amount_refunded"] == 1000


@pytest.mark.parametrize("act", ["capture", "cancel"])
def test_an_unknown_intent_is_not_found(psp: Simulator, act: str) -> None:
    answer = psp.http.post(f"/v1/payment_intents/pi_none/{act}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "resource_missing"
    assert psp.http.get("/v1/payment_intents/pi_none").status_code == 404


def test_the_summary_adds_up(psp: Simulator, order_id: str) -> None:
    captured = held(psp, order_id)
    held(psp, "another")
    psp.http.post(f"/v1/payment_intents/{captured}/capture", json={"amount_to_capture": 900})
    psp.http.post("/v1/refunds", json={"payment_intent": captured, "amount": 100})
    assert psp.http.get("/books/summary").json() == {
        "orders": 2,
        "intents": 2,
        "by_status": {"requires_capture": 1, "succeeded": 1},
        "money": {"gbp": {"authorized": 2000, "captured": 900, "refunded": 100, "captures": 1}},
    }
