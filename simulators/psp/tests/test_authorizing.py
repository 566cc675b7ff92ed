import time
from typing import Any

import httpx
import pytest
from psp.tokens import PLANNED, TOKENS
from testkit.simulators import Simulator

pytestmark = pytest.mark.process


def payment(order_id: str, card: str = "tok_visa", **changes: Any) -> dict[str, Any]:
    return {
        "amount": 1999,
        "currency": "GBP",
        "payment_method": card,
        "capture_method": "manual",
        "confirm": True,
        "metadata": {"order_id": order_id},
        **changes,
    }


def pay(
    psp: Simulator, order_id: str, card: str = "tok_visa", key: str = "", **more: str
) -> httpx.Response:
    headers = {"Idempotency-Key": key or f"{order_id}:authorize", **more}
    return psp.http.post("/v1/payment_intents", json=payment(order_id, card), headers=headers)


def books(psp: Simulator) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = psp.http.get("/books").json()
    return entries


def test_a_good_card_holds_the_money(psp: Simulator, order_id: str) -> None:
    answer = pay(psp, order_id)
    intent = answer.json()
    assert answer.status_code == 200
    assert intent["object"] == "payment_intent"
    assert intent["status"] == "requires_capture"
    assert (intent["amount_capturable"], intent["amount_received"]) == (1999, 0)
    assert intent["currency"] == "gbp"
    assert psp.http.get(f"/v1/payment_intents/{intent['id']}").json() == intent


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("tok_declined", "card_declined", "generic_decline"),
        ("tok_insufficient_funds", "card_declined", "insufficient_funds"),
        ("tok_expired_card", "expired_card", "expired_card"),
    ],
)
def test_a_bad_card_is_declined(
    psp: Simulator, order_id: str, token: str, code: str, decline_code: str
) -> None:
    answer = pay(psp, order_id, token)
    error = answer.json()["error"]
    assert answer.status_code == 402
    assert (error["type"], error["code"]) == ("card_error", code)
    assert error["decline_code"] == decline_code
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert error["payment_intent"]["last_payment_error"]["decline_code"] == decline_code
    assert books(psp)[0]["captures"] == 0


def test_a_processing_error_strikes_once_and_does_nothing(psp: Simulator, order_id: str) -> None:
    first = pay(psp, order_id, "tok_processing_error_once")
    assert first.status_code == 500
    assert first.json()["error"]["code"] == "processing_error"
    assert books(psp) == []
    again = pay(psp, order_id, "tok_processing_error_once")
    assert again.status_code == 200
    assert len(books(psp)) == 1


def test_a_slow_card_takes_its_time(psp: Simulator, order_id: str) -> None:
    started = time.monotonic()
    assert pay(psp, order_id, "tok_slow").status_code == 200
    assert time.monotonic() - started >= 0.4


def test_a_lost_answer_leaves_a_charge_that_a_second_try_finds(
    psp: Simulator, order_id: str
) -> None:
    with pytest.raises(httpx.TransportError):
        pay(psp, order_id, "tok_timeout_once")
    held = books(psp)
    assert [entry["status"] for entry in held] == ["requires_capture"]
    again = pay(psp, order_id, "tok_timeout_once")
    assert again.json()["id"] == held[0]["intent_id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert books(psp) == held


def test_silence_leaves_a_charge_that_a_second_try_finds(psp: Simulator, order_id: str) -> None:
    impatient = httpx.Timeout(20, read=0.5)
    headers = {"Idempotency-Key": f"{order_id}:authorize"}
    body = payment(order_id, "tok_silent_once")
    with pytest.raises(httpx.ReadTimeout):
        psp.http.post("/v1/payment_intents", json=body, headers=headers, timeout=impatient)
    (journalled,) = psp.http.get("/requests", params={"key": order_id}).json()
    assert (journalled["ended"], journalled["status"]) == ("silent", None)
    again = pay(psp, order_id, "tok_silent_once")
    assert again.json()["id"] == books(psp)[0]["intent_id"]


def test_a_fault_plan_goes_the_way_of_its_token(psp: Simulator, order_id: str) -> None:
    declined = pay(psp, order_id, Baggage="user=ada, fault-plan=decline;p=1")
    assert declined.json()["error"]["decline_code"] == "generic_decline"
    assert pay(psp, f"{order_id}0", Baggage="fault-plan=out_of_stock").status_code == 200
    assert pay(psp, f"{order_id}1", Baggage="decline").status_code == 200
    assert set(PLANNED.values()) <= set(TOKENS)


def test_random_cards_are_approved_as_often_as_set_and_always_alike(psp: Simulator) -> None:
    orders = [f"ord_random_{number}" for number in range(300)]
    first = [pay(psp, order, "tok_random").status_code for order in orders]
    psp.http.post("/admin/reset")
    assert [pay(psp, order, "tok_random").status_code for order in orders] == first
    assert set(first) == {200, 402}
    assert 0.84 < first.count(200) / len(first) < 0.96


def test_an_unknown_token_is_refused_without_repeating_it(psp: Simulator, order_id: str) -> None:
    answer = pay(psp, order_id, "4242424242424242")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "payment_method"
    assert "/v1/tokens" in answer.json()["error"]["message"]
    assert "4242424242424242" not in answer.text


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": "1999"}, "amount"),
        ({"amount": 100_000_000}, "amount"),
        ({"currency": "POUND"}, "currency"),
        ({"capture_method": "automatic"}, "capture_method"),
        ({"metadata": {}}, "metadata[order_id]"),
        ({"metadata": None}, "metadata"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_bad_parameters_are_named(
    psp: Simulator, order_id: str, changes: dict[str, Any], param: str
) -> None:
    answer = psp.http.post("/v1/payment_intents", json=payment(order_id, **changes))
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert books(psp) == []


def test_what_is_no_json_is_refused(psp: Simulator) -> None:
    answer = psp.http.post("/v1/payment_intents", content=b"amount=1999&currency=gbp")
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    nested = psp.http.post("/v1/payment_intents", content=b"[" * 100_000)
    assert nested.status_code == 400
    assert "URL" not in nested.json()["error"]["message"]


def test_an_unknown_address_has_the_shape_of_an_error(psp: Simulator) -> None:
    answer = psp.http.get("/v1/charges")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Unrecognized request URL (GET: /v1/charges)."


def test_the_intents_of_an_order_can_be_listed(psp: Simulator, order_id: str) -> None:
    declined = pay(psp, order_id, "tok_declined", key="first")
    approved = pay(psp, order_id, "tok_visa", key="second").json()["id"]
    pay(psp, "another", "tok_visa")
    found = psp.http.get("/v1/payment_intents", params={"order_id": order_id}).json()["data"]
    ids = [intent["id"] for intent in found]
    assert ids == [declined.json()["error"]["payment_intent"]["id"], approved]
    assert psp.http.get("/v1/payment_intents").status_code == 400


def test_every_token_is_served(psp: Simulator) -> None:
    rows = psp.http.get("/v1/tokens").json()["data"]
    assert [row["token"] for row in rows] == list(TOKENS)
