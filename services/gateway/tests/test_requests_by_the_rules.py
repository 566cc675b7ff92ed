"""Requests as RFC 9110 and 9112 have them, at the whole gateway."""

import asyncio
import json
import signal
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from gateway.routes import ROUTES
from gateway_stage.ordering import order
from testkit.ports import free_port
from testkit.raw_http import answers, request
from testkit.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def refusals(shop: Any, *sent: bytes) -> list[tuple[int, str]]:
    found = await answers(shop.gateway.url, *sent)
    return [(one.status, json.loads(one.body).get("code", "")) for one in found]


async def test_two_keys_are_no_key_and_the_second_is_still_free(shop: Any) -> None:
    customer = shop.customer()
    keys = [("Idempotency-Key", uuid.uuid4().hex) for _ in range(2)]
    headers = list(shop.token(customer).items())
    both = await shop.http.post("/v1/orders", json=order(), headers=headers + keys)
    assert (both.status_code, both.json()["code"]) == (400, "header_repeated")
    assert "idempotency-key" in both.json()["detail"]
    assert await shop.accepted_of(customer) == 0
    joined = ("Idempotency-Key", ", ".join(key for _, key in keys))  # as a proxy may
    both = await shop.http.post("/v1/orders", json=order(), headers=[*headers, joined])
    assert (both.status_code, both.json()["code"]) == (400, "idempotency_key_invalid")
    one = await shop.http.post("/v1/orders", json=order(), headers=[*headers, keys[1]])
    assert one.status_code == 202


async def test_no_host_is_reported_as_a_problem(shop: Any) -> None:
    assert await refusals(shop, b"GET /healthz HTTP/1.1\r\n\r\n") == [(400, "malformed_request")]


@pytest.mark.parametrize(
    "name",
    ["User-Agent", "Accept", "Accept-Language", "Referer", "Prefer", "X-Request-Id", "Traceparent",
     "Forwarded", "X-Forwarded-For", "Cache-Control", "If-None-Match", "Cookie", "Baggage", "Via",
     "Authorization", "X-Anything", "Last-Event-ID", "Origin", "TE"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["Prüfer/1".encode(), b"\xff\xfe", "→".encode()])
async def test_bytes_beyond_ascii_are_no_error_of_ours(shop: Any, name: str, value: bytes) -> None:
    for path in ("/v1/products", "/v1/products/PEN.2", "/problems", "/healthz"):
        answer = await shop.http.get(path, headers=[(name.encode(), value)])
        assert answer.status_code == 200
    known = [*shop.token(shop.customer()).items()] if name != "Authorization" else []
    headers = [(key.encode(), text.encode()) for key, text in known] + [(name.encode(), value)]
    answer = await shop.http.get("/v1/orders", headers=headers)
    assert answer.status_code == (200 if known else 401)


async def test_a_proxy_may_have_been_given_bytes_beyond_ascii(shop: Any, tmp_path: Path) -> None:
    async with another(shop, tmp_path, TRUSTED_PROXIES="127.0.0.1") as gateway:
        headers = [(b"X-Forwarded-For", b"\xff\xfe"), (b"X-Forwarded-Proto", b"\xff")]
        answer = await shop.http.get(f"{gateway.url}/v1/products", headers=headers)
        assert answer.status_code == 200


async def test_what_comes_in_a_trailer_is_not_believed(shop: Any, tmp_path: Path) -> None:
    token = shop.token(shop.customer())["Authorization"]
    body = json.dumps(order()).encode()
    content = ("Content-Type: application/json", "Transfer-Encoding: chunked", "Connection: close")
    chunks = b"%x\r\n%s\r\n0\r\n" % (len(body), body)

    async def placing(*lines: str, trailer: str) -> Any:
        head = request("/v1/orders", *content, *lines, method="POST")
        sent = head + chunks + trailer.encode() + b"\r\n\r\n"
        (answer,) = await answers(shop.gateway.url, sent)
        return answer.status, json.loads(answer.body)["code"]

    credentials = f"Authorization: {token}"
    assert await placing("Idempotency-Key: k", trailer=credentials) == (401, "token_missing")
    keyless = await placing(credentials, trailer="Idempotency-Key: k")
    assert keyless == (400, "idempotency_key_missing")
    settings = {"TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT_SCALE": "0.0005"}
    async with another(shop, tmp_path, **settings) as gateway:
        lines = ("Transfer-Encoding: chunked", "Connection: close")
        statuses = []
        for number in range(20):
            trailer = b"0\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n" % number
            sent = request("/v1/products", *lines) + trailer
            statuses += [one.status for one in await answers(gateway.url, sent)]
        assert statuses[-1] == 429


async def test_asking_about_a_stream_leaves_its_ticket_good(shop: Any) -> None:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    await shop.moves(order_id, customer, "accepted")
    path = f"/v1/orders/{order_id}/events"
    headers = shop.token(customer)
    bought = await shop.http.post("/v1/tickets", json={"path": path}, headers=headers)
    url = bought.json()["url"]
    for _ in range(2):
        asked = await shop.http.head(url)
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["content-type"].startswith("text/event-stream")
    wrong = await shop.http.head(url.replace("ticket=", "ticket=x"))
    assert wrong.status_code == 401
    ticket = bought.json()["ticket"]
    async with shop.following(order_id, {}, ticket=ticket) as stream:
        assert (await stream.event())["id"] == "1"
    assert (await shop.http.head(url)).status_code == 401


async def test_a_good_request_is_answered_before_garbage_is_refused(shop: Any) -> None:
    before = len(shop.gateway.log)
    for _ in range(50):
        answered = await answers(shop.gateway.url, request("/healthz") + b"garbage\r\n\r\n")
        assert [one.status for one in answered] == [200, 400]
        assert json.loads(answered[1].body)["code"] == "malformed_request"
    output = shop.gateway.log[before:]
    assert "Traceback" not in output
    assert output.count("malformed_request") <= 3  # one in ten seconds


@pytest.mark.parametrize("prefer", ["wait=20", "respond-async\nwait=20"])
async def test_reading_an_order_is_held_until_it_has_ended(shop: Any, prefer: str) -> None:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    await shop.moves(order_id, customer, "accepted")
    lines = [("Prefer", line) for line in prefer.split("\n")]
    headers = [*shop.token(customer).items(), *lines]
    reading = asyncio.create_task(shop.http.get(f"/v1/orders/{order_id}", headers=headers))

    async def is_held() -> bool:
        text = (await shop.http.get("/metrics")).text
        assert not reading.done(), reading.result().text
        return "orderstream_gateway_requests_in_flight 2.0" in text

    await until("the answer is held", is_held)
    await shop.moves(order_id, customer, "cancelling", "cancelled")
    answer = await reading
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.headers["preference-applied"] == "wait=20"
    # What has ended already is not waited for, and an operator is told all of it.
    operator = [*shop.token("operator", scopes=["ops"]).items(), *lines]
    answer = await shop.http.get(f"/v1/orders/{order_id}", headers=operator)
    assert "held" in answer.json()
    assert "preference-applied" not in answer.headers


async def test_who_waited_in_vain_sees_where_the_order_stands(shop: Any) -> None:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    headers = shop.token(customer) | {"Prefer": "wait=1"}
    answer = await shop.http.get(f"/v1/orders/{order_id}", headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert answer.headers["preference-applied"] == "wait=1"


async def test_lists_may_be_on_several_lines(shop: Any) -> None:
    tag = (await shop.http.get("/v1/products/PEN.2")).headers["etag"]
    lines = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    for headers in (lines, lines[::-1]):
        assert (await shop.http.get("/v1/products/PEN.2", headers=headers)).status_code == 304
    codings = [("Content-Encoding", "identity"), ("Content-Encoding", "gzip")]
    headers = [*shop.token(shop.customer()).items(), ("Idempotency-Key", "k"), *codings]
    assert (await shop.http.post("/v1/orders", json={}, headers=headers)).status_code == 415


async def test_every_address_says_which_methods_it_takes(shop: Any) -> None:
    served = [route for route in ROUTES if not route.path.startswith("/admin")]
    for path in {route.path for route in served if route.methods != ("WEBSOCKET",)}:
        for method in ("OPTIONS", "PATCH", "TRACE"):
            answer = await shop.http.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
            assert answer.headers["allow"]


async def test_nothing_is_done_under_a_condition_that_does_not_hold(shop: Any) -> None:
    customer = shop.customer()
    headers = [*shop.token(customer).items(), ("If-Match", '"a"')]
    placing = [*headers, ("Idempotency-Key", "k")]
    for asked in (
        shop.http.post("/v1/orders", json=order(), headers=placing),
        shop.http.delete("/v1/webhooks/whk_1", headers=headers),
        shop.http.get("/v1/products/PEN.2", headers=headers),
        shop.http.head("/v1/products/PEN.2", headers=headers),
    ):
        assert (await asked).status_code == 412
    assert await shop.accepted_of(customer) == 0
    read = await shop.http.get("/v1/products/PEN.2")
    for tag in ("*", read.headers["etag"], f'"a", {read.headers["etag"]}'):
        answer = await shop.http.get("/v1/products/PEN.2", headers={"If-Match": tag})
        is_weak = read.headers["etag"].startswith("W/")
        assert answer.status_code == (412 if is_weak and tag != "*" else 200)


@pytest.mark.parametrize("query", ["limit=1&limit=2", "limit=1&a=&a=", "li%6Dit=1&limit=1"])
async def test_a_parameter_twice_is_none(shop: Any, query: str) -> None:
    answer = await shop.http.get(f"/v1/products?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")


@asynccontextmanager
async def another(shop: Any, folder: Path, **changes: str) -> AsyncIterator[Any]:
    """Another gateway, with other settings."""
    gateway = shop.beside(folder, HTTP_PORT=str(free_port()), **changes)
    try:
        await gateway.answering("/readyz")
        yield gateway
    finally:
        await gateway.stop(signal.SIGKILL)
