"""Customers manage their webhooks at the gateway; the notifier keeps them."""

import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from testkit.ports import free_port
from testkit.serving import served
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
ADDRESS = "/v1/webhooks"
URL = "https://shop.example.com/orders"


@pytest.fixture(scope="module")
async def http(
    shop: Any, notifier_api_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway on the same database that has a notifier behind it."""
    folder = tmp_path_factory.mktemp("webhooks")
    gateway = shop.beside(folder, HTTP_PORT=str(free_port()), NOTIFIER_API_URLS=notifier_api_url)
    try:
        await gateway.answering("/readyz")
        await gateway.reaches("notifier-api")
        async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as client:
            yield client
    finally:
        await gateway.stop(signal.SIGKILL)


async def add(http: httpx.AsyncClient, who: dict[str, str], url: Any = URL) -> httpx.Response:
    return await http.post(ADDRESS, json={"url": url}, headers=who)


async def test_a_subscription_is_made_listed_rotated_and_removed(
    shop: Any, http: httpx.AsyncClient
) -> None:
    me = shop.token(shop.customer())
    made = await add(http, me)
    assert made.status_code == 201
    document = made.json()
    here = document["links"]["self"]
    assert made.headers["location"] == here
    assert made.headers["cache-control"] == "private, no-cache"
    secret = document.pop("secret")
    assert (await http.get(here, headers=me)).json() == document
    assert (await http.get(ADDRESS, headers=me)).json() == {"data": [document]}
    rotated = (await http.post(f"{here}/rotate", headers=me)).json()
    assert rotated["secret"] != secret
    assert (await http.get(document["links"]["deliveries"], headers=me)).json()["data"] == []
    assert (await http.delete(here, headers=me)).status_code == 204
    assert (await http.get(here, headers=me)).json()["code"] == "webhook_not_found"


async def test_somebody_elses_sounds_like_none(shop: Any, http: httpx.AsyncClient) -> None:
    made = (await add(http, shop.token(shop.customer()))).json()
    here = made["links"]["self"]
    other = shop.token(shop.customer())
    for method, path in (
        ("GET", here),
        ("DELETE", here),
        ("POST", f"{here}/rotate"),
        ("GET", f"{here}/deliveries"),
    ):
        answer = await http.request(method, path, headers=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_not_found")
    assert (await http.get(ADDRESS, headers=other)).json() == {"data": []}


@pytest.mark.parametrize("webhook_id", ["x", "whk_1", "..%2Fwebhooks", "whk_" + "0" * 32])
async def test_what_cannot_be_an_id_is_none(
    shop: Any, http: httpx.AsyncClient, webhook_id: str
) -> None:
    answer = await http.get(f"{ADDRESS}/{webhook_id}", headers=shop.token(shop.customer()))
    assert answer.status_code == 404


async def test_without_the_scope_nothing_is_shown(shop: Any, http: httpx.AsyncClient) -> None:
    reader = shop.token(shop.customer(), scopes=["orders:read", "orders:write", "ops"])
    for method in ("GET", "POST"):
        answer = await http.request(method, ADDRESS, headers=reader)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_an_address_is_reported_once(shop: Any, http: httpx.AsyncClient) -> None:
    me = shop.token(shop.customer())
    assert (await add(http, me)).status_code == 201
    again = await add(http, me)
    assert (again.status_code, again.json()["code"]) == (409, "webhook_exists")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_webhook"),
        ({"url": 1}, "invalid_webhook"),
        ({"url": ""}, "invalid_webhook"),
        ({"url": URL, "secret": "mine"}, "invalid_webhook"),
        ({"url": "ftp://shop.example.com/"}, "invalid_webhook"),
        ({"url": URL + "x" * 2000}, "invalid_webhook"),
        ({"url": f"{URL}?card=4242424242424242"}, "card_number_refused"),
    ],
)
async def test_what_is_no_subscription_is_refused(
    shop: Any, http: httpx.AsyncClient, body: Any, code: str
) -> None:
    answer = await http.post(ADDRESS, json=body, headers=shop.token(shop.customer()))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] in {"/url", "/secret"}


async def test_what_is_no_json_is_refused(shop: Any, http: httpx.AsyncClient) -> None:
    answer = await http.post(ADDRESS, content=b"{", headers=shop.token(shop.customer()))
    assert answer.json()["code"] == "unsupported_media_type"


async def test_while_the_notifier_is_away_orders_go_on(
    shop: Any, body: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    gateway = shop.beside(
        tmp_path_factory.mktemp("alone"),
        HTTP_PORT=str(free_port()),
        NOTIFIER_API_URLS=f"http://127.0.0.1:{free_port()}",
    )
    me = shop.token(shop.customer())
    try:
        await gateway.answering("/readyz")
        async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
            away = await http.get(ADDRESS, headers=me)
            assert (away.status_code, away.json()["code"]) == (503, "notifier_service_unavailable")
            assert away.headers["retry-after"]

            async def is_notified() -> bool:
                return "notifier-api" in (await http.get("/readyz")).json()["degraded"]

            await until("its health says so", is_notified)
            placed = await http.post(
                "/v1/orders", json=body(), headers={**me, "Idempotency-Key": "mine-1"}
            )
            assert placed.status_code == 202
    finally:
        await gateway.stop(signal.SIGKILL)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(409, {"not": "a text"}), (422, {"not": "a text"}), (409, "out_of_paper")],
)
async def test_a_refusal_without_a_reason_that_is_known_makes_no_sense(
    shop: Any, tmp_path_factory: pytest.TempPathFactory, status: int, reason: Any
) -> None:
    app = FastAPI()

    @app.get("/readyz")
    async def readyz() -> None:
        """Always."""

    @app.post("/webhooks")
    async def refuse() -> None:
        raise HTTPException(status, reason)

    async with served(app) as nonsense:
        gateway = shop.beside(
            tmp_path_factory.mktemp("nonsense"),
            HTTP_PORT=str(free_port()),
            NOTIFIER_API_URLS=nonsense,
        )
        try:
            await gateway.answering("/readyz")
            async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
                answer = await add(http, shop.token(shop.customer()))
                assert (answer.status_code, answer.json()["code"]) == (502, "upstream_invalid")
        finally:
            await gateway.stop(signal.SIGKILL)


@pytest.mark.parametrize(
    "url",
    ["http://xn--/", "http://www.xn--.com/", "http://a b/", "http://[::1", "http://\u3002/", "//"],
)
async def test_what_nobody_can_send_to_is_refused_and_holds_nobody_up(
    shop: Any, http: httpx.AsyncClient, url: str
) -> None:
    me, other = shop.token(shop.customer()), shop.token(shop.customer())
    for _ in range(6):
        answer = await add(http, me, url)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_webhook")
        assert answer.json()["errors"][0]["pointer"] == "/url"
    assert (await http.get(ADDRESS, headers=other)).status_code == 200
