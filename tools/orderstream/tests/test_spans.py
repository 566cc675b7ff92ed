"""Spans as they come from the store, OTLP's JSON, and the waits that they tell of."""

from dataclasses import replace
from typing import Any

from orderstream.tracing.spans import Kind, Span, read_spans

CONSUMED = Span(
    trace_id="4b" * 16,
    span_id="a" * 16,
    parent_id="b" * 16,
    service="payment",
    name="process order-placed",
    kind=Kind.CONSUMER,
    start_ns=1_764_500_000_000_000_000,
    end_ns=1_764_500_000_009_000_000,
    attributes={
        f"orderstream.wait.{name}_ms": ms
        for name, ms in {"outbox": 6, "broker": 3, "linger": 2, "handling": 9}.items()
    },
)


def document_of(spans: list[Span]) -> dict[str, Any]:
    """Write spans as the store returns them."""
    return {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": one.service}}]
                },
                "scopeSpans": [{"spans": [_as_otlp(one)]}],
            }
            for one in spans
        ]
    }


def _as_otlp(span: Span) -> dict[str, Any]:
    told = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": [
            {"key": key, "value": {"intValue": str(value)}}
            for key, value in span.attributes.items()
        ],
    }
    return told | ({"parentSpanId": span.parent_id} if span.parent_id else {})


def test_the_spans_are_read_as_they_were_written() -> None:
    spans = [replace(CONSUMED, span_id="b" * 16, parent_id=None, kind=Kind.PRODUCER), CONSUMED]
    assert list(read_spans(document_of(spans))) == spans


def test_values_of_every_type_and_a_failure_are_read() -> None:
    attributes = [
        {"key": "text", "value": {"stringValue": "a"}},
        {"key": "number", "value": {"intValue": "7"}},
        {"key": "share", "value": {"doubleValue": 0.5}},
        {"key": "yes", "value": {"boolValue": True}},
        {"key": "nothing", "value": {}},
    ]
    bare = {"traceId": "a", "spanId": "b", "attributes": attributes, "status": {"code": 2}}
    (span,) = read_spans({"resourceSpans": [{"scopeSpans": [{"spans": [bare]}]}]})
    told = {"text": "a", "number": 7, "share": 0.5, "yes": True, "nothing": None}
    assert span.attributes == told
    assert (span.service, span.error, span.parent_id) == ("unknown", "failed", None)


def test_an_answer_from_outside_does_not_count_the_waits_of_its_event_again() -> None:
    assert replace(CONSUMED, kind=Kind.INTERNAL).waits == {}


def test_clocks_that_differ_make_no_wait_negative() -> None:
    span = replace(CONSUMED, attributes=CONSUMED.attributes | {"orderstream.wait.outbox_ms": -5})
    assert span.waits == CONSUMED.waits | {"outbox": 0}
