"""Calls to other systems as CLIENT spans, and the attempt that a call is part of."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tracing.context import TraceContext, current_trace
from tracing.names import CONVERSATION_ID, HTTP_METHOD, HTTP_RESENDS
from tracing.span import Kind, Span, Value, begin


@dataclass(slots=True)
class Attempt:
    """One try to have something done: `number` tries went before, `made` is its last call's span."""

    conversation_id: str
    number: int = 0
    made: TraceContext | None = None

    def note(self, call: Span) -> None:
        """Let a call say which conversation it belongs to and how often it was made before."""
        self.made = call.context
        call.attributes[CONVERSATION_ID] = self.conversation_id
        if self.number and HTTP_METHOD in call.attributes:
            call.attributes[HTTP_RESENDS] = self.number


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def attempting(attempt: Attempt) -> Iterator[Attempt]:
    """Let the calls that are made inside be part of this attempt."""
    token = _attempt.set(attempt)
    try:
        yield attempt
    finally:
        _attempt.reset(token)


@contextmanager
def calling(name: str, attributes: dict[str, Value]) -> Iterator[Span]:
    """Make what is done inside a CLIENT span of the span at hand; a failure is named by its class."""
    span = begin(name, Kind.CLIENT, current_trace.get(), attributes)
    if attempt := _attempt.get():
        attempt.note(span)
    try:
        yield span
    except BaseException as error:
        span.fail(type(error).__name__)
        raise
    finally:
        span.end()
