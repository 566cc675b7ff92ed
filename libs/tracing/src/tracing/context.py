"""W3C trace context: one id for everything that follows from one request.

Source: https://www.w3.org/TR/trace-context/ (traceparent, version 00).
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Self

TRACEPARENT = "traceparent"
"""The header by which a trace travels: over HTTP, in gRPC's metadata, with a record."""
_PATTERN = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
SAMPLED = 1
"""The bit of the flags that says that the spans of a trace are recorded (section 3.2.2.3)."""
RIGHT_HALF, ALL = slice(16, None), 1 << 64
"""The digits of a trace id that are random in every version of the standard, and how many they can be."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """Which trace a piece of work belongs to, and which span it is."""

    trace_id: str
    span_id: str
    flags: str = "01"

    @classmethod
    def new(cls) -> Self:
        """Begin a trace, to be recorded."""
        return cls(secrets.token_hex(16), secrets.token_hex(8))

    @classmethod
    def parse(cls, traceparent: str | None) -> Self | None:
        """Read a `traceparent` header; None if there is none or it breaks the rules."""
        found = _PATTERN.fullmatch(traceparent or "")
        if found is None or not int(found[1], 16) or not int(found[2], 16):
            return None
        return cls(*found.groups())

    def child(self) -> Self:
        """Make a further span of the same trace."""
        return type(self)(self.trace_id, secrets.token_hex(8), self.flags)

    def sampled(self, *, wanted: bool) -> Self:
        """Decide whether the spans of this trace are recorded, whatever was decided before."""
        flags = int(self.flags, 16)
        flags = flags | SAMPLED if wanted else flags & ~SAMPLED
        return replace(self, flags=f"{flags:02x}")

    def is_within(self, ratio: float) -> bool:
        """Say whether this trace is among a share of all, by its id: the same wherever it is asked."""
        return int(self.trace_id[RIGHT_HALF], 16) < ratio * ALL

    @property
    def is_sampled(self) -> bool:
        """Whether the spans of this trace are recorded."""
        return bool(int(self.flags, 16) & SAMPLED)

    @property
    def traceparent(self) -> str:
        """The header's value."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"


current_trace: ContextVar[TraceContext | None] = ContextVar("current_trace", default=None)
"""The span at hand; calls to other systems hand it on."""


@contextmanager
def use_trace(trace: TraceContext | None) -> Iterator[None]:
    """Let what is done and logged inside belong to the trace."""
    token = current_trace.set(trace)
    try:
        yield
    finally:
        current_trace.reset(token)
