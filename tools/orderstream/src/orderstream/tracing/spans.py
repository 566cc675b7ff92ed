"""One span, as the store of spans returns it in OTLP's JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

SERVICE = "service.name"
BEFORE_HANDLING = ("outbox", "broker", "linger")
WAITS = (*BEFORE_HANDLING, "handling")
"""What an event waits for on each hop, in this order: `orderstream.wait.outbox_ms` and so on."""
NS_PER_MS = 1_000_000
FAILED = 2
"""OTLP's `STATUS_CODE_ERROR`."""


class Kind(IntEnum):
    """What a span is to its neighbours, by OTLP's numbers."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of work with its parent; times in ns since the epoch, ids in hexadecimal."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    service: str
    name: str
    kind: Kind = Kind.INTERNAL
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Any]
    failed: bool = False

    @property
    def duration_ms(self) -> float:
        """From its start to its end; a span that has no end has taken no time."""
        return max(0, self.end_ns - self.start_ns) / NS_PER_MS

    @property
    def waits(self) -> dict[str, float]:
        """The waits of the hop that ends with this span, in ms; clocks that differ make none negative.

        A hop ends where an event is handled: an answer from outside carries those of its event again.
        """
        if self.kind is not Kind.CONSUMER:
            return {}
        told = {name: self.attributes.get(f"orderstream.wait.{name}_ms") for name in WAITS}
        return {name: max(0.0, float(ms)) for name, ms in told.items() if ms is not None}

    @property
    def error(self) -> str | None:
        """What went wrong, in the words of the service; None if nothing did."""
        told = self.attributes.get("error.type")
        return str(told) if told else "failed" if self.failed else None


def read_spans(document: Mapping[str, Any]) -> Iterator[Span]:
    """Read every span of a document of OTLP's JSON (`TracesData`)."""
    for resource in document.get("resourceSpans", ()):
        described = _attributes(resource.get("resource", {}))
        service = str(described.get(SERVICE, "unknown"))
        for scope in resource.get("scopeSpans", ()):
            yield from (_span(service, one) for one in scope.get("spans", ()))


def _span(service: str, told: Mapping[str, Any]) -> Span:
    return Span(
        trace_id=told["traceId"],
        span_id=told["spanId"],
        parent_id=told.get("parentSpanId") or None,
        service=service,
        name=told.get("name", ""),
        kind=Kind(told.get("kind", 0)),
        start_ns=int(told.get("startTimeUnixNano", 0)),
        end_ns=int(told.get("endTimeUnixNano", 0)),
        attributes=_attributes(told),
        failed=told.get("status", {}).get("code") == FAILED,
    )


def _attributes(told: Mapping[str, Any]) -> dict[str, Any]:
    return {one["key"]: _value(one.get("value", {})) for one in told.get("attributes", ())}


def _value(told: Mapping[str, Any]) -> Any:
    """Return a value without its type; JSON has 64-bit integers as text."""
    for form, value in told.items():
        return int(value) if form == "intValue" else value
    return None
