"""Takes spans out of a request for export: each becomes one row."""

from collections.abc import Iterable, Iterator

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from traces.bodies import JSON, RefusedError
from traces.otlp_json import parse_json
from traces.store import SpanRow

ORDER_ID = ("orderstream.order.id", "messaging.message.conversation_id")
"""Attributes that name the order of a span: of a request, and of what follows from it."""
SERVICE = "service.name"
UNKNOWN_SERVICE = "unknown_service"
"""What OpenTelemetry calls a service that does not name itself."""
TRACE_ID_BYTES, SPAN_ID_BYTES = 16, 8
LATEST_NS = 2**63 - 1


def read_request(body: bytes, form: str) -> ExportTraceServiceRequest:
    """Read the body of `POST /v1/traces`.

    Raises:
        RefusedError: it is no such request.
    """
    request = ExportTraceServiceRequest()
    try:
        if form == JSON:
            parse_json(body, request)
        else:
            request.ParseFromString(body)
    except (DecodeError, ValueError) as error:
        reason = f"The body is no ExportTraceServiceRequest in {form}: {error}"
        raise RefusedError(400, reason) from None
    return request


def rows_of(request: ExportTraceServiceRequest) -> tuple[list[SpanRow], int]:
    """Return a row for each span, and how many are left out because their ids or times are invalid."""
    rows, left_out = [], 0
    for service, span in _spans_of(request):
        if _is_valid(span):
            rows.append(_row(service, span))
        else:
            left_out += 1
    return rows, left_out


def text_of(attributes: Iterable[KeyValue], *names: str) -> str | None:
    """Return the text of the first attribute with one of these names that has a text."""
    for one in attributes:
        if one.key in names and one.value.string_value:
            return one.value.string_value
    return None


def _spans_of(request: ExportTraceServiceRequest) -> Iterator[tuple[str, Span]]:
    for resource in request.resource_spans:
        service = text_of(resource.resource.attributes, SERVICE) or UNKNOWN_SERVICE
        for scope in resource.scope_spans:
            yield from ((service, span) for span in scope.spans)


def _is_valid(span: Span) -> bool:
    return (
        len(span.trace_id) == TRACE_ID_BYTES
        and any(span.trace_id)
        and len(span.span_id) == SPAN_ID_BYTES
        and any(span.span_id)
        and span.start_time_unix_nano <= LATEST_NS
    )


def _row(service: str, span: Span) -> SpanRow:
    return SpanRow(
        trace_id=span.trace_id,
        order_id=text_of(span.attributes, *ORDER_ID),
        start_ns=span.start_time_unix_nano,
        service=service,
        span=span.SerializeToString(),
    )
