"""Spans made up for tests, and the requests that carry them."""

import os

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span
from traces.store import SpanRow

PROTOBUF = "application/x-protobuf"
MIB = 1024 * 1024


def attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def span(name: str = "create order-placed", order: str | None = None, **told: object) -> Span:
    attributes = [attribute("messaging.message.conversation_id", order)] if order else []
    told = {"trace_id": os.urandom(16), "span_id": os.urandom(8), "start_time_unix_nano": 1} | told
    return Span(name=name, attributes=attributes, **told)


def request_of(*spans: Span, service: str = "payment") -> ExportTraceServiceRequest:
    resource = Resource(attributes=[attribute("service.name", service)])
    scope = ScopeSpans(spans=spans)
    return ExportTraceServiceRequest(
        resource_spans=[ResourceSpans(resource=resource, scope_spans=[scope])]
    )


def row(order: str | None = None, size: int = 10, trace_id: bytes = b"t" * 16) -> SpanRow:
    sized = span(trace_id=trace_id, name="x" * size)
    return SpanRow(trace_id, order, 1, "payment", sized.SerializeToString())


def send(http: httpx.Client, body: bytes, form: str = PROTOBUF, **headers: str) -> httpx.Response:
    told = {"content-type": form} | {name.replace("_", "-"): one for name, one in headers.items()}
    return http.post("/v1/traces", content=body, headers=told)


def names_in(document: dict) -> list[str]:
    return [
        one["name"]
        for resource in document["resourceSpans"]
        for scope in resource["scopeSpans"]
        for one in scope["spans"]
    ]
