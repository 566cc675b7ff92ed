"""Customers say where they are told; each sees only what is its own."""

import asyncio
from typing import Any

import httpx
import pytest
from testkit.waiting import TIMEOUT_S

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("pool")]
URL = "https://shop.example.com/orders"


def add(api: httpx.Client, customer: str, url: str = URL) -> httpx.Response:
    return api.post("/webhooks", json={"customer_id": customer, "url": url})


def listed(api: httpx.Client, customer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/webhooks", params={"customer_id": customer}).json()[
        "data"
    ]
    return found


def test_a_secret_is_shown_once(api: httpx.Client, customer: str) -> None:
    made = add(api, customer)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    (shown,) = listed(api, customer)
    assert shown == {name: made.json()[name] for name in ("id", "url", "status", "created_at")}
    one = api.get(f"/webhooks/{shown['id']}", params={"customer_id": customer})
    assert one.json() == shown


async def test_no_secret_can_be_read_in_the_database(
    api: httpx.Client, customer: str, pool: Any, sealer: Any
) -> None:
    made = add(api, customer).json()
    kept = await pool.fetchval("SELECT secret FROM webhook_subscriptions")
    assert made["secret"].removeprefix("whsec_") not in kept
    assert sealer.unseal_secret(kept, made["id"]) == made["secret"]


def test_a_url_is_taken_once_for_each_customer(api: httpx.Client, customer: str) -> None:
    assert add(api, customer).status_code == 201
    again = add(api, customer)
    assert (again.status_code, again.json()["detail"]) == (409, "exists")
    assert add(api, f"{customer}-other").status_code == 201


async def test_no_customer_has_more_than_there_may_be_however_many_ask_at_once(
    api: httpx.Client, customer: str
) -> None:
    async with httpx.AsyncClient(base_url=api.base_url, timeout=TIMEOUT_S) as http:
        answers = await asyncio.gather(
            *(
                http.post("/webhooks", json={"customer_id": customer, "url": f"{URL}/{number}"})
                for number in range(8)
            )
        )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    assert len(listed(api, customer)) == 3


def test_removed_it_is_gone(api: httpx.Client, customer: str) -> None:
    made = add(api, customer).json()
    path, mine = f"/webhooks/{made['id']}", {"customer_id": customer}
    assert api.delete(path, params=mine).status_code == 204
    assert api.delete(path, params=mine).status_code == 404
    assert listed(api, customer) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("DELETE", ""), ("POST", "/rotate"), ("GET", "/deliveries")],
)
def test_what_somebody_else_has_is_not_there(
    api: httpx.Client, customer: str, method: str, path: str
) -> None:
    made = add(api, customer).json()
    whose = {"customer_id": f"{customer}-other"}
    answer = api.request(method, f"/webhooks/{made['id']}{path}", params=whose)
    assert answer.status_code == 404
    assert listed(api, customer)


def test_a_new_secret_leaves_the_previous_one_for_a_day(api: httpx.Client, customer: str) -> None:
    made = add(api, customer).json()
    path, mine = f"/webhooks/{made['id']}/rotate", {"customer_id": customer}
    rotated = api.post(path, params=mine).json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previous_until"] > made["created_at"]


@pytest.mark.parametrize(
    "url",
    ["", "shop", "ftp://shop.example.com/", "https:///orders", "https://u:p@shop.example.com/"],
)
def test_what_is_no_address_for_webhooks_is_refused(
    api: httpx.Client, customer: str, url: str
) -> None:
    answer = add(api, customer, url)
    assert answer.status_code == 422
    assert "URL" in answer.json()["detail"]


def test_private_networks_are_refused_unless_they_are_allowed(
    api: httpx.Client, start_api: Any, customer: str
) -> None:
    strict = start_api()
    for url in ("https://127.0.0.1/x", "https://[::1]/x", "http://shop.example.com/x"):
        assert add(strict, customer, url).status_code == 422
    assert add(strict, customer).status_code == 201
    assert add(api, customer, "http://127.0.0.1:18105/hooks/mine").status_code == 201
