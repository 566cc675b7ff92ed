import gzip
import json
import os

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from google.rpc.status_pb2 import Status
from made_spans import PROTOBUF, attribute, names_in, request_of, send, span
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span

pytestmark = pytest.mark.process
JSON = "application/json"


def new_order() -> str:
    return f"ord_{os.urandom(16).hex()}"


def as_otlp_json(*spans: Span) -> dict:
    """Write a request as OTLP's JSON, by another way than the code does."""
    document = MessageToDict(request_of(*spans), use_integers_for_enums=True)
    for told, one in zip(
        document["resourceSpans"][0]["scopeSpans"][0]["spans"], spans, strict=True
    ):
        told |= {"traceId": one.trace_id.hex(), "spanId": one.span_id.hex()}
        if one.parent_span_id:
            told["parentSpanId"] = one.parent_span_id.hex()
    return document


@pytest.mark.parametrize("coding", ["gzip", "identity"])
@pytest.mark.parametrize("form", [PROTOBUF, JSON, "application/json; charset=utf-8"])
def test_spans_are_taken_in_every_form_of_otlp(http: httpx.Client, form: str, coding: str) -> None:
    order = new_order()
    one = span(order=order, parent_span_id=b"p" * 8, end_time_unix_nano=2**63)
    body = request_of(one).SerializeToString()
    if form != PROTOBUF:
        body = json.dumps(as_otlp_json(one)).encode()
    packed = gzip.compress(body, mtime=0) if coding == "gzip" else body
    response = send(http, packed, form, content_encoding=coding)
    assert response.status_code == 200
    assert response.headers["content-type"] == form.partition(";")[0]
    assert response.content == (b"" if form == PROTOBUF else b"{}")
    (resource,) = http.get(f"/orders/{order}/spans").json()["resourceSpans"]
    (found,) = resource["scopeSpans"][0]["spans"]
    assert found["traceId"] == one.trace_id.hex()
    assert found["spanId"] == one.span_id.hex()
    assert found["parentSpanId"] == (b"p" * 8).hex()
    assert found["endTimeUnixNano"] == str(2**63)
    assert resource["resource"]["attributes"] == [
        {"key": "service.name", "value": {"stringValue": "payment"}}
    ]


def test_the_gateway_names_the_order_in_an_attribute_of_its_own(http: httpx.Client) -> None:
    order = new_order()
    named = span("POST /v1/orders")
    named.attributes.append(attribute("orderstream.order.id", order))
    send(http, request_of(named).SerializeToString())
    assert names_in(http.get(f"/orders/{order}/spans").json()) == ["POST /v1/orders"]


def test_a_trace_is_found_by_its_id(http: httpx.Client) -> None:
    one, trace_id = span("first"), os.urandom(16)
    both = (span("second", trace_id=trace_id), span("third", trace_id=trace_id))
    send(http, request_of(one, *both).SerializeToString())
    assert names_in(http.get(f"/traces/{trace_id.hex()}").json()) == ["second", "third"]


def test_what_is_sent_twice_is_there_once(http: httpx.Client) -> None:
    order = new_order()
    body = request_of(span(order=order)).SerializeToString()
    send(http, body)
    send(http, body)
    assert len(names_in(http.get(f"/orders/{order}/spans").json())) == 1


def test_orders_that_share_a_trace_are_told_apart(http: httpx.Client) -> None:
    mine, theirs, trace_id = new_order(), new_order(), os.urandom(16)
    root = span("placing many", trace_id=trace_id)
    my_own = span("mine", mine, trace_id=trace_id, parent_span_id=root.span_id)
    call = span("my call", trace_id=trace_id, parent_span_id=my_own.span_id)
    their = span("theirs", theirs, trace_id=trace_id, parent_span_id=root.span_id)
    their_call = span("their call", trace_id=trace_id, parent_span_id=their.span_id)
    send(http, request_of(root, my_own, call, their, their_call).SerializeToString())
    found = names_in(http.get(f"/orders/{mine}/spans").json())
    assert sorted(found) == ["mine", "my call", "placing many"]


def test_spans_that_are_each_others_parents_end_no_answer(http: httpx.Client) -> None:
    order, trace_id = new_order(), os.urandom(16)
    first = span("first", order, trace_id=trace_id, span_id=b"1" * 8, parent_span_id=b"2" * 8)
    second = span("second", trace_id=trace_id, span_id=b"2" * 8, parent_span_id=b"3" * 8)
    third = span("third", trace_id=trace_id, span_id=b"3" * 8, parent_span_id=b"2" * 8)
    send(http, request_of(first, second, third).SerializeToString())
    assert len(names_in(http.get(f"/orders/{order}/spans").json())) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"trace_id": b""},
        {"trace_id": bytes(16)},
        {"trace_id": b"short"},
        {"span_id": bytes(8)},
        {"start_time_unix_nano": 2**64 - 1},
    ],
)
def test_a_span_that_is_invalid_is_counted_and_the_others_are_kept(
    http: httpx.Client, wrong: dict
) -> None:
    order = new_order()
    body = request_of(span(order=order), span(**wrong)).SerializeToString()
    response = ExportTraceServiceResponse.FromString(send(http, body).content)
    assert response.partial_success.rejected_spans == 1
    assert "invalid" in response.partial_success.error_message
    assert len(names_in(http.get(f"/orders/{order}/spans").json())) == 1


@pytest.mark.parametrize(
    ("body", "form_and_coding", "status", "said"),
    [
        (b"\xff\xff", (PROTOBUF, "identity"), 400, "is no ExportTraceServiceRequest"),
        (b"{", (JSON, "identity"), 400, "is no ExportTraceServiceRequest"),
        (b"[1]", (JSON, "identity"), 400, "is no ExportTraceServiceRequest"),
        (b"[" * 100_000, (JSON, "identity"), 400, "is no ExportTraceServiceRequest"),
        (b'{"resourceSpans": 7}', (JSON, "identity"), 400, "is no ExportTraceServiceRequest"),
        (b'{"a": {"traceId": "no hex"}}', (JSON, "identity"), 400, "is no ExportTraceService"),
        (b"nothing packed", (PROTOBUF, "gzip"), 400, "The body is not gzip"),
        (
            gzip.compress(b"cut off" * 100, mtime=0)[:20],
            (PROTOBUF, "gzip"),
            400,
            "it ends too early",
        ),
        (b"", (PROTOBUF, "br"), 415, "send gzip, or none"),
        (bytes(5 * 1024 * 1024), (PROTOBUF, "identity"), 413, "more than 4 MiB"),
        (gzip.compress(bytes(50 * 1024 * 1024)), (PROTOBUF, "gzip"), 413, "more than 4 MiB"),
    ],
)
def test_a_wrong_body_is_refused_in_otlps_own_form(
    http: httpx.Client, body: bytes, form_and_coding: tuple[str, str], status: int, said: str
) -> None:
    form, coding = form_and_coding
    response = send(http, body, form, content_encoding=coding)
    assert response.status_code == status
    assert response.headers["content-type"] == form
    told = response.json() if form == JSON else Status.FromString(response.content)
    assert said in (told["message"] if form == JSON else told.message)


@pytest.mark.parametrize("path", ["/v1/metrics", "/v1/logs"])
def test_metrics_and_logs_are_refused_with_what_to_do(http: httpx.Client, path: str) -> None:
    response = http.post(path, content=b"", headers={"content-type": PROTOBUF})
    assert response.status_code == 404
    assert "OTEL_METRICS_EXPORTER=none" in Status.FromString(response.content).message


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/traces/xyz", 400, "no trace id"),
        (f"/traces/{'ab' * 16}", 404, "no span of the trace abab"),
        ("/orders/ord_none/spans", 404, "no span about the order ord_none"),
    ],
)
def test_what_is_not_there_is_told(http: httpx.Client, path: str, status: int, said: str) -> None:
    response = http.get(path)
    assert response.status_code == status
    assert said in response.json()["error"]


def test_an_empty_request_is_fine(http: httpx.Client) -> None:
    assert send(http, b"").status_code == 200
