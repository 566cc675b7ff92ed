"""Spans that end with a transaction: all of them, or none of them, as with everything that it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tracing.span import Span

_pending: ContextVar[list[Span] | None] = ContextVar("pending", default=None)


@contextmanager
def ended_together() -> Iterator[list[Span]]:
    """End the spans that were left to this block when it ends; where it fails they are forgotten."""
    pending: list[Span] = []
    token = _pending.set(pending)
    try:
        yield pending
    finally:
        _pending.reset(token)
    for span in pending:
        span.end()


def leave(span: Span) -> Span:
    """Leave the end of a span to the block that it is begun in; without one it ends at once."""
    pending = _pending.get()
    if pending is None:
        span.end()
    else:
        pending.append(span)
    return span
