"""The gateway begins an order's trace, decides once whether it is recorded, and tells nothing of anybody."""

import uuid
from typing import Any

import httpx
import pytest
from testkit.ports import free_port
from testkit.samples import RECIPIENT
from testkit.spans import collecting
from testkit.waiting import until
from tracing import TraceContext
from tracing.conventions import faults

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
SCOPES = ["orders:write", "orders:read", "trace"]


class Traced:
    """A gateway that records no trace by itself, and the collector that it exports to."""

    def __init__(self, shop: Any, gateway: Any, collector: Any) -> None:
        self.shop, self.gateway, self.collector = shop, gateway, collector

    async def ask(
        self, method: str, path: str, customer: str, **more: Any
    ) -> tuple[httpx.Response, TraceContext]:
        """Send a request as part of a trace of the client's."""
        trace = TraceContext.new()
        headers = {
            **self.shop.token(customer, scopes=more.pop("scopes", SCOPES)),
            "Idempotency-Key": uuid.uuid4().hex,
            "traceparent": trace.traceparent,
        }
        async with httpx.AsyncClient(base_url=self.gateway.url) as http:
            return await http.request(method, path, headers=headers, **more), trace

    async def one(self, name: str, trace: TraceContext) -> Any:
        """Wait for the span of this name in a trace."""

        def found() -> list[Any]:
            named = self.collector.spans.named(name)
            return [span for span in named if span.context.trace_id == trace.trace_id]

        (span,) = await until(f"there is a span {name}", found)
        return span


@pytest.fixture(scope="module")
async def traced(shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    async with collecting() as collector:
        gateway = shop.beside(
            tmp_path_factory.mktemp("traced"),
            HTTP_PORT=str(free_port()),
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            TRACE_RATIO="0",
        )
        await gateway.answering("/readyz")
        yield Traced(shop, gateway, collector)
        await gateway.stop()


async def test_an_order_begins_with_its_request_and_the_creation_of_its_event(
    traced: Any, body: Any
) -> None:
    answer, trace = await traced.ask("POST", "/v1/orders", traced.shop.customer(), json=body())
    order = answer.json()["id"]
    request = await traced.one("POST /v1/orders", trace)
    create = await traced.one("create order-placed", trace)
    (envelope,) = await traced.shop.published("order-placed", order)
    assert request.parent_id == trace.span_id
    assert (request.attributes["orderstream.order.id"], create.parent_id) == (
        order,
        request.context.span_id,
    )
    assert TraceContext.parse(envelope.traceparent) == create.context

    def sent() -> bool:
        sends = traced.collector.spans.named("send order-placed")
        return any(create.context in send.links for send in sends)

    await until("its sending is linked to its creation", sent)


async def test_who_has_no_scope_for_it_is_traced_by_the_ratio(traced: Any, body: Any) -> None:
    answer, trace = await traced.ask(
        "POST", "/v1/orders", traced.shop.customer(), json=body(), scopes=["orders:write"]
    )
    (envelope,) = await traced.shop.published("order-placed", answer.json()["id"])
    said = TraceContext.parse(envelope.traceparent)
    assert (said.trace_id, said.is_sampled) == (trace.trace_id, False)
    _, later = await traced.ask("GET", "/v1/orders", traced.shop.customer())
    await traced.one("GET /v1/orders", later)  # what is exported comes in order
    assert trace.trace_id not in {span.context.trace_id for span in traced.collector.spans}


async def test_a_cancellation_is_a_trace_of_its_own_linked_to_the_order(
    traced: Any, body: Any
) -> None:
    customer = traced.shop.customer()
    answer, placed = await traced.ask("POST", "/v1/orders", customer, json=body())
    order = answer.json()["id"]
    _, trace = await traced.ask("POST", f"/v1/orders/{order}/cancel", customer)
    request = await traced.one("POST /v1/orders/{order_id}/cancel", trace)
    assert request.links == [(await traced.one("create order-placed", placed)).context]
    assert (await traced.one("create cancellation-requested", trace)).parent_id == (
        request.context.span_id
    )


async def test_an_upstream_is_asked_inside_a_span_that_it_is_told_of(traced: Any) -> None:
    _, trace = await traced.ask("GET", "/v1/orders", traced.shop.customer())
    request, call = await traced.one("GET /v1/orders", trace), await traced.one("GET", trace)
    assert call.parent_id == request.context.span_id
    assert call.attributes["http.response.status_code"] == 200


async def test_a_repeated_request_creates_no_second_event(traced: Any, body: Any) -> None:
    customer, key = traced.shop.customer(), {"Idempotency-Key": uuid.uuid4().hex}
    traces = [TraceContext.new(), TraceContext.new()]
    token = traced.shop.token(customer, scopes=SCOPES)
    async with httpx.AsyncClient(base_url=traced.gateway.url) as http:
        for trace in traces:
            headers = token | key | {"traceparent": trace.traceparent}
            await http.post("/v1/orders", json=body(), headers=headers)
    for trace in traces:
        await traced.one("POST /v1/orders", trace)
    created = {
        span.context.trace_id for span in traced.collector.spans.named("create order-placed")
    }
    assert [trace.trace_id in created for trace in traces] == [True, False]


async def test_no_span_lacks_what_its_convention_asks_or_tells_of_anybody(
    traced: Any, body: Any
) -> None:
    customer = traced.shop.customer()
    order = (await traced.ask("POST", "/v1/orders", customer, json=body()))[0].json()["id"]
    await traced.ask("GET", f"/v1/orders/{order}?ticket=planted-ticket", customer)
    _, last = await traced.ask("GET", "/v1/orders", customer)
    await traced.one("GET /v1/orders", last)
    assert [fault for span in traced.collector.spans for fault in faults(span)] == []
    exported = b"".join(request.SerializeToString() for request in traced.collector.requests)
    planted = ("planted", "tok_visa", customer, "Bearer", *RECIPIENT.values())
    assert [one for one in planted if len(one) > 2 and one.encode() in exported] == []
