"""Selects the spans that were asked for, and returns them in OTLP's own form."""

from collections.abc import Iterable
from itertools import groupby

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, TracesData

from traces.receiving import SERVICE
from traces.store import SpanRow

Key = tuple[bytes, bytes]
"""A span's trace id and span id."""


def document_of(rows: Iterable[SpanRow]) -> TracesData:
    """Return the spans by service, by start; one that was sent twice is there once."""
    distinct = {_key(row): row for row in rows}.values()
    ordered = sorted(distinct, key=lambda row: (row.service, row.start_ns))
    by_service = groupby(ordered, key=lambda row: row.service)
    return TracesData(resource_spans=[_of_service(name, found) for name, found in by_service])


def only_of_order(rows: Iterable[SpanRow], order_id: str) -> list[SpanRow]:
    """Leave out the spans of other orders: a client may place many orders in one trace of its own.

    A span that names no order belongs to that of its nearest ancestor that does.
    """
    by_key = {_key(row): row for row in rows}
    orders: dict[Key, str | None] = {}

    def order_of(key: Key) -> str | None:
        passed = []
        while key in by_key and key not in orders:
            orders[key] = by_key[key].order_id  # set first: a circle of parents ends here
            passed.append(key)
            if orders[key] is not None:
                break
            key = _parent(by_key[key])
        found = orders.get(key)
        orders.update((one, found) for one in passed)
        return found

    return [row for key, row in by_key.items() if order_of(key) in (order_id, None)]


def _of_service(name: str, rows: Iterable[SpanRow]) -> ResourceSpans:
    attribute = KeyValue(key=SERVICE, value=AnyValue(string_value=name))
    spans = [Span.FromString(row.span) for row in rows]
    return ResourceSpans(
        resource=Resource(attributes=[attribute]), scope_spans=[ScopeSpans(spans=spans)]
    )


def _key(row: SpanRow) -> Key:
    return row.trace_id, Span.FromString(row.span).span_id


def _parent(row: SpanRow) -> Key:
    return row.trace_id, Span.FromString(row.span).parent_span_id
