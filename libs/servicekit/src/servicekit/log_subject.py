"""What log lines are about: said once around a piece of work, asked for only when a line is written.

Binding four keys with structlog costs six times as much as to remember whom to ask, and few events log a line.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tracing import current_trace

Keys = Callable[[], Mapping[str, str]]

_subject: ContextVar[Keys | None] = ContextVar("log_subject", default=None)


@contextmanager
def log_about(keys: Keys) -> Iterator[None]:
    """Add these keys to every line that is logged inside the block, by any logger."""
    token = _subject.set(keys)
    try:
        yield
    finally:
        _subject.reset(token)


def add_subject(
    logger: object,  # noqa: ARG001  # structlog's signature
    method: str,  # noqa: ARG001  # structlog's signature
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Add what a line is about, if that was said; what the line says itself goes before."""
    keys = _subject.get()
    return event if keys is None else {**keys(), **event}


def add_trace_id(
    logger: object,  # noqa: ARG001  # structlog's signature
    method: str,  # noqa: ARG001  # structlog's signature
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Name the trace in a log line: by it the lines of one request are found in every process."""
    trace = current_trace.get()
    if trace is not None:
        event["trace_id"] = trace.trace_id
    return event
