"""Pages of other origins: what a browser is told, by answers, refusals and streams."""

import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
from testkit.ports import free_port
from testkit.raw_http import answers

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
SHOP, OTHER = "https://shop.example", "https://other.example"
ALLOWED = "access-control-allow-origin"


@pytest.fixture(scope="module")
async def gateway(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Any]:
    """A gateway that pages of the shop may ask."""
    folder, port = tmp_path_factory.mktemp("crossed"), str(free_port())
    gateway = shop.beside(folder, HTTP_PORT=port, CORS_ORIGINS=f"{SHOP}, http://localhost:3000")
    try:
        await gateway.answering("/readyz")
        yield gateway
    finally:
        await gateway.stop(signal.SIGKILL)


def preflight(origin: str, method: str, *headers: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ", ".join(headers),
    }


async def test_a_page_that_is_listed_may_ask_with_all_that_the_gateway_reads(
    shop: Any, gateway: Any
) -> None:
    asked = preflight(SHOP, "POST", "authorization", "idempotency-key", "content-type", "prefer")
    answer = await shop.http.options(f"{gateway.url}/v1/orders", headers=asked)
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, SHOP)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers
    last = preflight("http://localhost:3000", "DELETE", "authorization", "last-event-id")
    answer = await shop.http.options(f"{gateway.url}/v1/webhooks/x", headers=last)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("origin", "method"),
    [(OTHER, "GET"), ("null", "GET"), (f"{SHOP}.evil", "GET"), (SHOP, "TRACE")],
)
async def test_other_pages_and_methods_are_refused(
    shop: Any, gateway: Any, origin: str, method: str
) -> None:
    asked = preflight(origin, method)
    answer = await shop.http.options(f"{gateway.url}/v1/orders", headers=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "cross_origin_refused")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert ("origin" in answer.json()["detail"].split(": ")[1]) == (origin != SHOP)
    got = await shop.http.get(f"{gateway.url}/v1/products", headers={"Origin": origin})
    assert (got.headers.get(ALLOWED) == SHOP) == (origin == SHOP)


async def test_answers_refusals_and_streams_can_be_read(shop: Any, gateway: Any) -> None:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    await shop.moves(order_id, customer, "accepted")
    page = {"Origin": SHOP}
    known = shop.token(customer) | page
    for path, headers, status in (
        ("/v1/products", page, 200),
        ("/v1/orders", page, 401),
        ("/nowhere", page, 404),
        ("/v1/orders?limit=x", known, 400),
        (f"/v1/orders/{order_id}", known, 200),
    ):
        answer = await shop.http.get(gateway.url + path, headers=headers)
        assert (answer.status_code, answer.headers[ALLOWED]) == (status, SHOP)
        assert "Origin" in answer.headers["vary"]
        exposed = answer.headers["access-control-expose-headers"]
        assert {"Retry-After", "ETag", "X-Request-Id"} <= set(exposed.split(", "))
    async with shop.following(order_id, known, gateway.url) as stream:
        assert stream.answer.headers[ALLOWED] == SHOP
        assert (await stream.event())["id"] == "1"


@pytest.mark.parametrize(("origin", "allowed"), [(SHOP, SHOP), (OTHER, None), ("null", None)])
async def test_what_never_becomes_a_request_can_be_read_by_the_same_pages(
    gateway: Any, origin: str, allowed: str | None
) -> None:
    head = f"GET / HTTP/1.1\r\nHost: a\r\nOrigin: {origin}\r\n"
    (answer,) = await answers(gateway.url, f"{head}X: {'a' * 40_000}\r\n\r\n".encode())
    assert (answer.status, answer.headers.get(ALLOWED)) == (431, allowed)
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]
    # Nothing of this has been read, so it is not known whose page asks.
    (answer,) = await answers(gateway.url, b"nonsense\r\n\r\n")
    assert (answer.status, answer.headers.get(ALLOWED)) == (400, None)


async def test_a_page_is_given_nothing_unless_it_is_set(shop: Any) -> None:
    answer = await shop.http.options("/v1/orders", headers=preflight(SHOP, "POST"))
    assert answer.status_code == 405
    got = await shop.http.get("/v1/products", headers={"Origin": SHOP})
    assert ALLOWED not in got.headers
