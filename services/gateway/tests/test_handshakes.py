"""Handshakes and requests to become another protocol, at the whole gateway."""

import json
import uuid
from typing import Any

import pytest
from gateway_stage.ordering import order
from testkit.raw_http import answers, request
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]


async def test_a_socket_says_what_it_likes_and_the_log_stays_short(shop: Any) -> None:
    url = shop.gateway.url.replace("http", "ws", 1) + f"/v1/orders/ord_{'0' * 32}/ws"
    before = len(shop.gateway.log)
    async with connect(url, additional_headers={"X-Name": "Prüfer"}) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4401
    placed = (await shop.place(customer := shop.customer())).json()["id"]
    url = shop.gateway.url.replace("http", "ws", 1) + f"/v1/orders/{placed}/ws"
    async with connect(url, additional_headers=shop.token(customer)) as socket:
        socket.transport.write(bytes((0x81, 0x81, 0, 0, 0, 0, 0xFF)))
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1007
    assert "Traceback" not in shop.gateway.log[before:]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([f"X-{number}: 1" for number in range(200)], 431),
        (["X-Large: " + "a" * 9000], 431),
        ([], 400),
    ],
    ids=["many", "large", "no key"],
)
async def test_a_handshake_is_always_answered(shop: Any, lines: list[str], expected: int) -> None:
    upgrade = ("Connection: keep-alive", "Connection: Upgrade", "Upgrade: websocket")
    sent = request(f"/v1/orders/ord_{'0' * 32}/ws", *upgrade, *lines)
    (answer,) = await answers(shop.gateway.url, sent)
    assert answer.status == expected


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
SOCKET = f"/v1/orders/ord_{'0' * 32}/ws"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Sec-WebSocket-Key": "short"}, 400, "malformed_request"),
        ({"Sec-WebSocket-Key": None}, 400, "malformed_request"),
        ({"Sec-WebSocket-Protocol": ",, @"}, 400, "malformed_request"),
        ({"Upgrade": "h2c, websocket"}, 400, "malformed_request"),
        ({"Sec-WebSocket-Version": None}, 400, "malformed_request"),
        ({"Sec-WebSocket-Version": "8"}, 426, "upgrade_required"),
    ],
)
async def test_a_wrong_handshake_is_told_as_a_problem(
    shop: Any, changes: dict[str, str | None], status: int, code: str
) -> None:
    lines = [f"{name}: {value}" for name, value in (HANDSHAKE | changes).items() if value]
    (answer,) = await answers(shop.gateway.url, request(SOCKET, *lines))
    problem = json.loads(answer.body)
    assert (answer.status, problem["code"]) == (status, code)
    assert "short" not in answer.body.decode()
    if status == 426:
        assert answer.headers["sec-websocket-version"] == "13"
        assert answer.headers["upgrade"] == "websocket"


@pytest.mark.parametrize("path", [SOCKET, "/dashboard/realtime"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_request_to_a_sockets_address_is_told_to_become_one(
    shop: Any, path: str, method: str
) -> None:
    answer = await shop.http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (426, "upgrade_required")
    assert answer.headers["upgrade"] == "websocket"


async def test_another_protocol_is_declined_and_the_request_answered(shop: Any) -> None:
    token = shop.token(shop.customer())["Authorization"]
    body = json.dumps(order()).encode()
    lines = (
        "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ",
        f"Authorization: {token}", f"Idempotency-Key: {uuid.uuid4().hex}",
        "Content-Type: application/json",
    )  # fmt: skip
    sent = request("/v1/orders", *lines, method="POST", body=body)
    placed, health = await answers(
        shop.gateway.url, sent + request("/healthz", "Connection: close")
    )
    assert (placed.status, health.status) == (202, 200)
