"""Spans as OTLP: the message that a collector takes at `/v1/traces`.

Source: https://opentelemetry.io/docs/specs/otlp/ (binary Protobuf over HTTP).
"""

from collections.abc import Iterable, Mapping, Sequence

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tracing.context import TraceContext
from tracing.names import ERROR_TYPE, SCHEMA_URL
from tracing.span import Span, Value

SCOPE = "orderstream"


def encode(spans: Sequence[Span], resource: Mapping[str, str]) -> bytes:
    """Encode ended spans of one process, which `resource` describes.

    Each message is made where it belongs: made by itself and then put there, it is copied, which
    takes three times as long.
    """
    request = ExportTraceServiceRequest()
    sent = request.resource_spans.add(schema_url=SCHEMA_URL)
    _write_attributes(sent.resource.attributes, resource)
    found = sent.scope_spans.add(schema_url=SCHEMA_URL)
    found.scope.name = SCOPE
    for span in spans:
        _write(found.spans.add(), span)
    return request.SerializeToString()


def _write(message: Message, span: Span) -> None:
    context = span.context
    if context is None:
        raise ValueError(f"{span.name} belongs to no trace: it cannot have been recorded")
    message.trace_id = bytes.fromhex(context.trace_id)
    message.span_id = bytes.fromhex(context.span_id)
    message.parent_span_id = bytes.fromhex(span.parent_id or "")
    message.flags = int(context.flags, 16)
    message.name = span.name
    message.kind = span.kind.value  # type: ignore[assignment]  # an enum of theirs with these numbers
    message.start_time_unix_nano = span.started_ns
    message.end_time_unix_nano = max(span.started_ns, span.ended_ns)
    _write_attributes(message.attributes, span.attributes)
    _write_links(message.links, span.links)
    if ERROR_TYPE in span.attributes:
        message.status.code = Status.STATUS_CODE_ERROR


def _write_links(
    links: RepeatedCompositeFieldContainer[Message.Link], contexts: Iterable[TraceContext]
) -> None:
    for context in contexts:
        link = links.add()
        link.trace_id = bytes.fromhex(context.trace_id)
        link.span_id = bytes.fromhex(context.span_id)


def _write_attributes(
    pairs: RepeatedCompositeFieldContainer[KeyValue], attributes: Mapping[str, Value]
) -> None:
    for name, value in attributes.items():
        pair = pairs.add()
        pair.key = name
        _set(pair.value, value)


def _set(written: AnyValue, value: Value) -> None:
    if isinstance(value, str):
        written.string_value = value
    elif isinstance(value, bool):  # which is an int as well
        written.bool_value = value
    elif isinstance(value, int):
        written.int_value = value
    else:
        written.double_value = value
