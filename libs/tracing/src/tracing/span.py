"""A span: a piece of work of a trace, with its times, attributes and links.

A span that is not recorded is cheap: it keeps what it is told, hands on the context that it
follows from, and is forgotten.
"""

import time
from collections.abc import Iterable
from enum import IntEnum

from tracing.context import TraceContext
from tracing.names import ERROR_TYPE
from tracing.recorder import Recorder

Value = str | int | float | bool

recorder: Recorder["Span"] = Recorder()
"""The recorder of this process; off until somebody exports what it keeps."""


class Kind(IntEnum):
    """The side of a call or of a topic that a span stands for, numbered as in OTLP."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Span:
    """One span. Times are nanoseconds since 1970; 0 stands for an end that has not come."""

    __slots__ = (
        "attributes",
        "context",
        "ended_ns",
        "is_recorded",
        "kind",
        "links",
        "name",
        "parent_id",
        "started_ns",
    )

    def __init__(
        self,
        name: str,
        kind: Kind,
        context: TraceContext | None,
        parent_id: str | None,
        started_ns: int,
    ) -> None:
        self.name = name
        self.kind = kind
        self.context = context
        self.parent_id = parent_id
        self.started_ns = started_ns
        self.ended_ns = 0
        self.attributes: dict[str, Value] = {}
        self.links: list[TraceContext] = []
        self.is_recorded = recorder.is_on and context is not None and context.is_sampled

    def sample(self) -> None:
        """Record it after all, and what follows from now on, though its trace was not to be."""
        if self.context is not None:
            self.context = self.context.sampled(wanted=True)
            self.is_recorded = recorder.is_on

    @property
    def traceparent(self) -> str | None:
        """The header by which what follows knows this span; None where there is no trace."""
        return None if self.context is None else self.context.traceparent

    def link(self, contexts: Iterable[TraceContext | None]) -> None:
        """Name spans of other traces, or further causes, that belong to this one."""
        self.links += [context for context in contexts if context is not None]

    def fail(self, error: str) -> None:
        """Note that it failed: `error` is a sort of failure, not the words of one."""
        self.attributes[ERROR_TYPE] = error

    def end(self) -> None:
        """End it now, and have it recorded."""
        self.ended_ns = time.time_ns()
        if self.is_recorded:
            recorder.record(self)


def begin(
    name: str,
    kind: Kind,
    parent: TraceContext | None,
    attributes: dict[str, Value] | None = None,
    *,
    started_ns: int | None = None,
) -> Span:
    """Begin a span of its parent's trace; one that is not recorded hands on its parent's context.

    Without a parent there is no span to be recorded: who begins a trace says so by `begin_trace`.
    """
    started_ns = started_ns or time.time_ns()
    if parent is None or not recorder.is_on or not parent.is_sampled:
        span = Span(name, kind, parent, None, started_ns)
    else:
        span = Span(name, kind, parent.child(), parent.span_id, started_ns)
    span.attributes.update(attributes or {})
    return span


def begin_trace(
    name: str,
    kind: Kind,
    attributes: dict[str, Value] | None = None,
    *,
    started_ns: int | None = None,
) -> Span:
    """Begin the first span of a trace: nothing that is known has led to it."""
    context = TraceContext.new() if recorder.is_on else None
    span = Span(name, kind, context, None, started_ns or time.time_ns())
    span.attributes.update(attributes or {})
    return span
