"""W3C trace context: one id for everything that follows from one request.

Source: https://www.w3.org/TR/trace-context/ (traceparent, version 00).
"""

import re
import secrets
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

_PATTERN = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Which trace a piece of work belongs to, and which span it is."""

    trace_id: str
    span_id: str
    flags: str = "01"

    @classmethod
    def new(cls) -> Self:
        """Begin a trace."""
        return cls(secrets.token_hex(16), secrets.token_hex(8))

    @classmethod
    def parse(cls, traceparent: str | None) -> Self | None:
        """Read a `traceparent` header; None if there is none or it breaks the rules."""
        found = _PATTERN.fullmatch(traceparent or "")
        if found is None or not int(found[1], 16) or not int(found[2], 16):
            return None
        return cls(*found.groups())

    def child(self) -> Self:
        """A further span of the same trace."""
        return type(self)(self.trace_id, secrets.token_hex(8), self.flags)

    @property
    def traceparent(self) -> str:
        """The header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


current_trace: ContextVar[TraceContext | None] = ContextVar("current_trace", default=None)


@contextmanager
def use_trace(trace: TraceContext) -> Iterator[None]:
    """Let what is done and logged inside belong to the trace."""
    token = current_trace.set(trace)
    try:
        yield
    finally:
        current_trace.reset(token)


def add_trace_id(
    logger: object,  # noqa: ARG001  # structlog's signature
    method: str,  # noqa: ARG001  # structlog's signature
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Name the trace in a log line, if there is one."""
    trace = current_trace.get()
    if trace is not None:
        event["trace_id"] = trace.trace_id
    return event
