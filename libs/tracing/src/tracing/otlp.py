"""Spans as OTLP: the message that a collector takes at `/v1/traces`.

Source: https://opentelemetry.io/docs/specs/otlp/ (binary Protobuf over HTTP).
"""

from collections.abc import Mapping, Sequence

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from tracing.names import ERROR_TYPE, SCHEMA_URL
from tracing.span import Span, Value

SCOPE = InstrumentationScope(name="orderstream")
FAILED = Status(code=Status.STATUS_CODE_ERROR)


def encode(spans: Sequence[Span], resource: Mapping[str, str]) -> bytes:
    """Encode ended spans of one process, which `resource` describes."""
    found = ScopeSpans(scope=SCOPE, spans=[_message(span) for span in spans], schema_url=SCHEMA_URL)
    who = Resource(attributes=_pairs(resource))
    sent = ResourceSpans(resource=who, scope_spans=[found], schema_url=SCHEMA_URL)
    return ExportTraceServiceRequest(resource_spans=[sent]).SerializeToString()


def _message(span: Span) -> Message:
    context = span.context
    if context is None:
        raise ValueError(f"{span.name} belongs to no trace: it cannot have been recorded")
    return Message(
        trace_id=bytes.fromhex(context.trace_id),
        span_id=bytes.fromhex(context.span_id),
        parent_span_id=bytes.fromhex(span.parent_id or ""),
        flags=int(context.flags, 16),
        name=span.name,
        kind=span.kind.value,  # type: ignore[arg-type]  # an enum of theirs with these numbers
        start_time_unix_nano=span.started_ns,
        end_time_unix_nano=max(span.started_ns, span.ended_ns),
        attributes=_pairs(span.attributes),
        links=[
            Message.Link(trace_id=bytes.fromhex(link.trace_id), span_id=bytes.fromhex(link.span_id))
            for link in span.links
        ],
        status=FAILED if ERROR_TYPE in span.attributes else None,
    )


def _pairs(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_any(value)) for name, value in attributes.items()]


def _any(value: Value) -> AnyValue:
    if isinstance(value, bool):  # which is an int as well
        return AnyValue(bool_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    return AnyValue(double_value=value)
