import asyncio
import time
from typing import Any

import httpx
import pytest
from carrier.recipients import RECIPIENTS, Plan, plan_for
from testkit.simulators import Simulator

pytestmark = pytest.mark.process

ADDRESS = {
    "name": "Ada Lovelace",
    "street1": "12 St James's Square",
    "city": "London",
    "zip": "SW1Y 4JH",
    "country": "GB",
}


def shipment(order_id: str, **address: str) -> dict[str, Any]:
    return {
        "reference": order_id,
        "to_address": {**ADDRESS, **address},
        "parcel": {"weight_grams": 500},
        "service": "standard",
    }


def buy(carrier: Simulator, order_id: str, plan: str = "", **address: str) -> httpx.Response:
    headers = {"Idempotency-Key": f"{order_id}:book", "Baggage": f"fault-plan={plan}"}
    return carrier.http.post("/v2/shipments", json=shipment(order_id, **address), headers=headers)


def books(carrier: Simulator) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = carrier.http.get("/books").json()
    return entries


def journal(carrier: Simulator, order_id: str) -> list[tuple[str, int | None]]:
    """How each request about an order has ended, as the carrier's own journal has it."""
    entries = carrier.http.get("/requests", params={"key": f"{order_id}:"}).json()
    return [(one["ended"], one["status"]) for one in entries]


def test_the_journal_tells_how_each_try_ended(carrier: Simulator, order_id: str) -> None:
    with pytest.raises(httpx.TransportError):
        buy(carrier, order_id, plan="carrier_reset")
    assert buy(carrier, order_id, plan="carrier_reset").status_code == 201
    assert journal(carrier, order_id) == [("cut", None), ("answered", 201)]
    assert journal(carrier, order_id[:-1]) == []


def test_the_journal_has_what_was_struck_by_a_switch(carrier: Simulator, order_id: str) -> None:
    carrier.http.put("/admin/behaviour", json={"error_next": 1, "lose_answer_next": 1})
    assert buy(carrier, order_id).status_code == 500
    with pytest.raises(httpx.TransportError):
        buy(carrier, order_id)
    assert journal(carrier, order_id) == [("answered", 500), ("cut", None)]


def test_a_label_is_bought_at_once(carrier: Simulator, order_id: str) -> None:
    answer = buy(carrier, order_id)
    bought = answer.json()
    assert answer.status_code == 201
    assert bought["id"].startswith("shp_")
    assert (bought["reference"], bought["status"]) == (order_id, "pre_transit")
    assert bought["tracking_code"].startswith("PS")
    assert bought["to_address"] == ADDRESS
    assert carrier.http.get(f"/v2/shipments/{bought['id']}").json() == bought
    listed = carrier.http.get("/v2/shipments", params={"reference": order_id}).json()
    assert listed["shipments"] == [bought]


@pytest.mark.parametrize(
    "address", [{"name": "Undeliverable Ada"}, {"zip": "UNDELIVERABLE"}, {"zip": "x UNDELIVERABLE"}]
)
def test_an_undeliverable_parcel_is_refused(
    carrier: Simulator, order_id: str, address: dict[str, str]
) -> None:
    answer = buy(carrier, order_id, **address)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "ADDRESS.UNDELIVERABLE"
    assert answer.json()["error"]["errors"][0]["field"] == "to_address"
    assert books(carrier) == []


def test_a_slow_addressee_takes_its_time(carrier: Simulator, order_id: str) -> None:
    started = time.monotonic()
    assert buy(carrier, order_id, name="SLOW Ada").status_code == 201
    assert time.monotonic() - started >= 0.4


def test_a_name_that_only_looks_special_is_delivered(carrier: Simulator, order_id: str) -> None:
    assert plan_for("Slowik Ada", ADDRESS["zip"]) is Plan.DELIVER
    assert buy(carrier, order_id, name="Slowik Ada").status_code == 201


def test_an_error_strikes_once_and_does_nothing(carrier: Simulator, order_id: str) -> None:
    assert buy(carrier, order_id, name="ERROR-ONCE Ada").status_code == 500
    assert books(carrier) == []
    assert buy(carrier, order_id, name="ERROR-ONCE Ada").status_code == 201
    assert len(books(carrier)) == 1


def test_a_lost_answer_leaves_a_shipment_that_a_second_try_finds(
    carrier: Simulator, order_id: str
) -> None:
    with pytest.raises(httpx.TransportError):
        buy(carrier, order_id, name="TIMEOUT-ONCE Ada")
    booked = books(carrier)
    assert len(booked) == 1
    again = buy(carrier, order_id, name="TIMEOUT-ONCE Ada")
    assert again.json()["id"] == booked[0]["shipment_id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert books(carrier) == booked


@pytest.mark.parametrize("by_reference", [True, False])
def test_a_cancel_error_strikes_once(
    carrier: Simulator, order_id: str, *, by_reference: bool
) -> None:
    shipment_id = buy(carrier, order_id, name="CANCEL-ERROR-ONCE Ada").json()["id"]
    path, body = f"/v2/shipments/{shipment_id}/cancel", {}
    if by_reference:
        path, body = "/v2/shipments/cancel", {"reference": order_id}
    assert carrier.http.post(path, json=body).status_code == 500
    assert books(carrier)[0]["status"] == "pre_transit"
    assert carrier.http.post(path, json=body).status_code == 200
    assert books(carrier)[0]["status"] == "cancelled"


def test_a_shipment_can_be_cancelled_more_than_once(carrier: Simulator, order_id: str) -> None:
    path = f"/v2/shipments/{buy(carrier, order_id).json()['id']}/cancel"
    first, second = carrier.http.post(path), carrier.http.post(path)
    assert first.json()["status"] == "cancelled"
    assert (second.status_code, second.json()) == (200, first.json())


def test_all_shipments_of_an_order_are_cancelled_by_its_reference(
    carrier: Simulator, order_id: str
) -> None:
    for _ in range(2):
        carrier.http.post("/v2/shipments", json=shipment(order_id)).raise_for_status()
    assert carrier.http.get("/books/summary").json() == {
        "orders": 1,
        "shipments": 2,
        "by_status": {"pre_transit": 2},
        "orders_with_several_live_shipments": 1,
    }
    answer = carrier.http.post("/v2/shipments/cancel", json={"reference": order_id}).json()
    assert [each["status"] for each in answer["shipments"]] == ["cancelled", "cancelled"]
    assert carrier.http.get("/books/summary").json()["by_status"] == {"cancelled": 2}


def test_what_was_never_bought_is_not_found(carrier: Simulator) -> None:
    answers = (
        carrier.http.get("/v2/shipments/shp_none"),
        carrier.http.post("/v2/shipments/shp_none/cancel"),
        carrier.http.post("/v2/shipments/cancel", json={"reference": "ord_none"}),
    )
    for answer in answers:
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "SHIPMENT.NOT_FOUND"


def test_a_key_belongs_to_one_request(carrier: Simulator, order_id: str) -> None:
    buy(carrier, order_id)
    other = buy(carrier, order_id, city="Leeds")
    assert other.status_code == 400
    assert other.json()["error"]["code"] == "IDEMPOTENCY.KEY_REUSED"


async def test_of_many_at_once_one_has_the_effect(carrier: Simulator, order_id: str) -> None:
    headers = {"Idempotency-Key": order_id}
    async with httpx.AsyncClient(base_url=carrier.url, headers=headers) as client:
        body = shipment(order_id, name="SLOW Ada")
        answers = await asyncio.gather(*(client.post("/v2/shipments", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(books(carrier)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parcel": {"weight_grams": 0}}, "parcel[weight_grams]"),
        ({"parcel": {"weight_grams": "1"}}, "parcel[weight_grams]"),
        ({"to_address": {**ADDRESS, "zip": ""}}, "to_address[zip]"),
        ({"to_address": {**ADDRESS, "country": "England"}}, "to_address[country]"),
        ({"reference": ""}, "reference"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_bad_parameters_are_named(
    carrier: Simulator, order_id: str, changes: dict[str, Any], field: str
) -> None:
    answer = carrier.http.post("/v2/shipments", json={**shipment(order_id), **changes})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "SHIPMENT.INVALID_PARAMS"
    assert answer.json()["error"]["errors"][0]["field"] == field


def test_an_unknown_address_has_the_shape_of_an_error(carrier: Simulator) -> None:
    answer = carrier.http.get("/v2/trackers")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_every_addressee_is_served(carrier: Simulator) -> None:
    rows = carrier.http.get("/v2/addressees").json()["addressees"]
    assert [row["first word of the name"] for row in rows] == [a.first_word for a in RECIPIENTS]


@pytest.mark.parametrize(("plan", "name"), [("carrier_down_20s", "Ada"), ("", "down-20s Ada")])
def test_an_outage_concerns_one_order_only(
    carrier: Simulator, order_id: str, plan: str, name: str
) -> None:
    assert [buy(carrier, order_id, plan, name=name).status_code for _ in range(3)] == [503] * 3
    assert buy(carrier, f"{order_id}0").status_code == 201
    assert [entry["order_id"] for entry in books(carrier)] == [f"{order_id}0"]


def test_a_fault_plan_goes_the_way_of_its_addressee(carrier: Simulator, order_id: str) -> None:
    assert buy(carrier, order_id, "carrier_undeliverable").status_code == 422
    assert buy(carrier, f"{order_id}0", "decline").status_code == 201
