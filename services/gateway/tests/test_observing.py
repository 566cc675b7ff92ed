"""What is told of a request: its line, its metrics, its times; never who asked, nor for what."""

import json
import uuid
from typing import Any

import httpx
import pytest
from gateway.http.request_context import note_stream_end, note_upstream
from gateway.observing.access_log import RequestLog, SocketLog
from gateway.observing.metrics import Metrics
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from testkit.waiting import until

Samples = dict[tuple[str, ...], float]
SOCKET = {"type": "websocket", "scheme": "ws", "path": "/socket", "headers": []}


def samples(text: str) -> Samples:
    """Each number by its name and the values of its labels, in the order of the labels' names."""
    return {
        (
            sample.name.removeprefix("orderstream_gateway_"),
            *(value for _, value in sorted(sample.labels.items())),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(metrics: Metrics) -> Samples:
    return samples(generate_latest(metrics.registry).decode())


async def metrics_of(shop: Any) -> Samples:
    answer = await shop.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return samples(answer.text)


async def line_of(shop: Any, request_id: str) -> Any:
    """The line that a gateway logged about a request, once it has."""

    def look() -> Any:
        lines = [line for line in shop.gateway.log.splitlines() if request_id in line]
        return lines and json.loads(lines[0])

    return await until("the gateway has logged the request", look)


@pytest.mark.kafka
@pytest.mark.postgres
class TestTheGateway:
    async def test_logs_one_line_a_request_without_personal_data(self, shop: Any) -> None:
        customer, request_id = shop.customer(), uuid.uuid4().hex
        placed = await shop.place(customer, X_Request_Id=request_id)
        line = await line_of(shop, request_id)
        assert placed.headers["x-request-id"] == request_id
        assert (line["event"], line["method"], line["route"]) == ("request", "POST", "/v1/orders")
        assert (line["status"], line["order_id"]) == (202, placed.json()["id"])
        text = json.dumps(line)
        assert not [word for word in (customer, "Ada", "example.com", "Bearer") if word in text]

    async def test_counts_answers_by_route_and_problems_by_code(self, shop: Any) -> None:
        before = await metrics_of(shop)
        await shop.place(shop.customer())
        await shop.http.get("/v1/orders")
        after = await metrics_of(shop)

        def more(*name: str) -> float:
            return after[name] - before.get(name, 0)

        assert more("requests_total", "POST", "/v1/orders", "202") == 1
        assert more("requests_total", "GET", "/v1/orders", "401") == 1
        assert more("refusals_total", "token_missing") == 1
        assert more("request_seconds_count", "POST", "/v1/orders") == 1
        assert after["orders_unwritten",] == after["orders_in_hand",] == 0
        assert after["requests_in_flight",] == 1  # the one that reads them

    async def test_shows_how_the_services_behind_it_are_doing(self, shop: Any) -> None:
        await shop.http.get("/v1/orders", headers=shop.token(shop.customer()))
        found = await metrics_of(shop)
        (address,) = (name[1] for name in found if name[0] == "upstream_out" if "order-api" in name)
        assert found["upstream_out", address, "order-api"] == 0
        assert found["upstream_pending", address, "order-api"] == 0
        assert found["upstream_requests_total", address, "answered", "order-api"] >= 1
        assert found["upstream_retries_total", "refused", "order-api"] == 0

    async def test_makes_no_label_of_an_address(self, shop: Any) -> None:
        """A client that asks for what is not there must not fill the metrics."""
        for path in ("/nowhere/1", "/nowhere/2", "/v1/orders/ord_1/nothing"):
            assert (await shop.http.get(path)).status_code == 404
        await shop.http.request("PROPFIND", "/nowhere/3")
        found = await metrics_of(shop)
        assert found["requests_total", "GET", "other", "404"] >= 3
        assert found["requests_total", "other", "other", "404"] >= 1
        assert not [name for name in found if "nowhere" in str(name) or "ord_" in str(name)]

    async def test_says_where_the_time_went(self, shop: Any) -> None:
        answer = await shop.http.get("/healthz")
        name, _, ms = answer.headers["server-timing"].partition(";dur=")
        assert name == "gateway"
        assert 0 <= float(ms) < 10_000


async def test_the_wait_for_an_upstream_is_distinguished() -> None:
    async def asks_twice(scope: Scope, receive: Receive, send: Send) -> None:
        note_upstream(scope, 20_000)
        note_upstream(scope, 10_000)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(RequestLog(asks_twice, Metrics(), 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        timing = (await http.get("/")).headers["server-timing"]
    assert timing == "gateway;dur=0.0, upstream;dur=30000.0"


@pytest.mark.parametrize(("code", "label"), [(1000, "1000"), (4408, "4408"), (4999, "other")])
async def test_a_stream_of_events_is_counted_by_why_it_ended(code: int, label: str) -> None:
    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        note_stream_end(scope, code)

    metrics = Metrics()
    transport = httpx.ASGITransport(RequestLog(streams, metrics, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        await http.get("/stream")
    assert read(metrics)["event_streams_total", label, "other"] == 1


async def talk(app: ASGIApp, *reported: Message) -> tuple[Metrics, list[Message]]:
    """Let a client say this to an application that is listened to; gives what it answered."""
    metrics, consumed, saying = Metrics(), list[Message](), iter(reported)

    async def receive() -> Message:
        return next(saying)

    async def send(message: Message) -> None:
        consumed.append(message)

    await SocketLog(app, metrics, 1)(dict(SOCKET), receive, send)
    return metrics, consumed


async def listens(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"a", b"b")]})
    await receive()


async def test_a_socket_carries_its_id_and_is_counted_when_its_client_leaves() -> None:
    connect, leave = {"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}
    metrics, (accepted,) = await talk(listens, connect, leave)
    assert [name for name, _ in accepted["headers"]] == [b"a", b"x-request-id"]
    found = read(metrics)
    assert found["websockets_total", "1001", "other"] == 1
    assert found["websockets_open",] == 0


async def test_a_code_of_the_clients_own_is_no_label() -> None:
    connect, leave = {"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 4999}
    metrics, _ = await talk(listens, connect, leave)
    assert read(metrics)["websockets_total", "other", "other"] == 1


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        ({"type": "websocket.close", "code": 4401}, "4401"),
        ({"type": "websocket.http.response.start", "status": 429, "headers": []}, "429"),
    ],
)
async def test_a_refused_socket_is_counted_by_its_code(refusal: Message, code: str) -> None:
    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        await send(dict(refusal))
        await receive()

    gone = {"type": "websocket.disconnect", "code": 1006}
    metrics, _ = await talk(refuses, gone)
    assert read(metrics)["websockets_total", code, "other"] == 1
