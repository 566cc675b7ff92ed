"""The trace in a log line: by it the lines of one request are found in every process."""

from collections.abc import MutableMapping
from typing import Any

from tracing import current_trace


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
