"""What never becomes a request of the application is told as a problem, too."""

import asyncio
import json
from typing import Any

import pytest
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
HOST = b"Host: localhost\r\n"


async def answer_to(shop: Any, *pieces: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send bytes piece by piece, and give the answer of a server that then hangs up."""
    port = int(shop.environment["HTTP_PORT"])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(status.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize(
    ("pieces", "refusal"),
    [
        ([b"nonsense\r\n\r\n"], (400, "malformed_request")),
        ([b"GET / HTTP/1.1\r\nno colon\r\n\r\n"], (400, "malformed_request")),
        ([b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n"], (400, "malformed_request")),
        ([b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n"], (414, "address_too_long")),
        (
            [b"GET / HTTP/1.1\r\n" + HOST + b"X-Much: " + b"a" * 40_000 + b"\r\n\r\n"],
            (431, "headers_too_large"),
        ),
        (
            [b"GET / HTTP/1.1\r\n" + HOST, *[b"X-Many: " + b"a" * 900 + b"\r\n"] * 40],
            (431, "headers_too_large"),
        ),
        (
            [b"GET / HTTP/1.1\r\n" + HOST + b"X-Endless: ", *[b"a" * 20_000] * 3],
            (431, "headers_too_large"),
        ),
    ],
    ids=["no HTTP", "no header", "no length", "address", "header", "headers", "endless header"],
)
async def test_bad_heads_are_reported_as_problems(
    shop: Any, pieces: list[bytes], refusal: tuple[int, str]
) -> None:
    status, headers, problem = await answer_to(shop, *pieces)
    assert (status, problem["code"]) == refusal
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-request-id"] == problem["request_id"]
    assert headers["connection"] == "close"


async def test_what_never_became_a_request_is_counted(shop: Any) -> None:
    async def counted() -> list[str]:
        kinds = ('refusals_total{code="malformed_request"}', 'status="400"')
        lines = (await shop.http.get("/metrics")).text.splitlines()
        return [line for line in lines if any(kind in line for kind in kinds)]

    def total(lines: list[str], what: str) -> float:
        return sum(float(line.rpartition(" ")[2]) for line in lines if what in line)

    before = await counted()
    for _ in range(3):
        await answer_to(shop, b"nonsense\r\n\r\n")
    after = await counted()
    for what in ("refusals_total", 'requests_total{method="other",route="other"'):
        assert total(after, what) == total(before, what) + 3


async def test_a_large_body_behind_a_small_head_is_no_large_head(shop: Any) -> None:
    headers = shop.token(shop.customer()) | {"Content-Type": "application/json"}
    answer = await shop.http.post("/v1/orders", content=b" " * 200_000, headers=headers)
    assert answer.json()["code"] == "idempotency_key_missing"


async def test_a_wrong_method_is_given_all_the_right_ones(shop: Any) -> None:
    answer = await shop.http.put("/v1/orders")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


async def test_a_slash_too_many_leads_nowhere(shop: Any) -> None:
    answer = await shop.http.get("/v1/products/", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_what_can_be_got_can_be_asked_about(shop: Any) -> None:
    got = await shop.http.get("/problems/not_found")
    asked = await shop.http.head("/problems/not_found", headers={"X-Request-Id": "asked-about"})
    assert (asked.status_code, asked.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert asked.headers[name] == got.headers[name]
    assert (await shop.http.head("/nowhere")).status_code == 404
    (line,) = await until(
        "the request is logged",
        lambda: [line for line in shop.gateway.log.splitlines() if "asked-about" in line],
    )
    assert '"method": "HEAD"' in line
    assert '"route": "/problems/{code}"' in line
