"""The span of a request names its route, and never what an address, a query or a header holds."""

import httpx
import pytest
from fastapi import FastAPI
from servicekit.database_api import NO_TELEMETRY
from servicekit.server_spans import ServerSpans
from starlette.applications import Starlette
from testkit.spans import recorded_spans
from tracing import Kind, TraceContext, current_trace
from tracing.conventions import faults
from tracing.otlp import encode

PARENT = TraceContext.new()


@pytest.fixture
def spans():
    with recorded_spans() as recorded:
        yield recorded


@pytest.fixture
async def client():
    """A client of an application like those of the services, which notes what it belonged to."""
    app = FastAPI(telemetry=NO_TELEMETRY)
    app.add_middleware(ServerSpans)

    @app.get("/orders/{order_id}")
    async def read(order_id: str) -> str | None:
        trace = current_trace.get()
        return trace and trace.traceparent

    @app.get("/broken")
    async def fail() -> None:
        raise RuntimeError("planted")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
        yield http


async def test_a_request_continues_its_callers_trace(client, spans):
    answer = await client.get("/orders/1", headers={"traceparent": PARENT.traceparent})
    span = spans.one("GET /orders/{order_id}")
    assert (span.kind, span.parent_id) == (Kind.SERVER, PARENT.span_id)
    assert answer.json() == span.context.traceparent
    assert span.attributes["http.response.status_code"] == 200
    assert "error.type" not in span.attributes


async def test_a_failure_of_ours_is_an_error_and_a_wrong_request_is_none(client, spans):
    await client.get("/broken")
    await client.get("/nowhere")
    assert spans.one("GET /broken").attributes["error.type"] == "500"
    assert "error.type" not in spans.one("GET").attributes


@pytest.mark.parametrize("method", ["GET", "PLANTED"])
async def test_nothing_of_an_address_is_told(client, spans, method):
    await client.request(
        method, "/planted/ada@example.com?ticket=planted", headers={"user-agent": "planted"}
    )
    (span,) = spans.look()
    assert (span.attributes["url.path"], faults(span)) == ("REDACTED", [])
    assert b"planted" not in encode(spans, {}).lower()


async def test_what_machines_ask_every_second_is_no_span(spans):
    app = ServerSpans(Starlette())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a") as http:
        await http.get("/readyz")
    assert spans.look() == []
