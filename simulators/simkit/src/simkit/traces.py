"""The trace that a request, a webhook or a mail names, for the log.

Source: https://www.w3.org/TR/trace-context/ (`traceparent`, section 3.2).
"""

import re
from contextvars import ContextVar

TRACEPARENT = "traceparent"
_PATTERN = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

current_trace_id: ContextVar[str | None] = ContextVar("current_trace_id", default=None)
"""The trace of the request that is being answered; what is sent because of it later belongs to it too."""


def trace_id_of(traceparent: str | None) -> str | None:
    """Read the trace id of a header; None where there is no header, or none of the standard's form.

    What a stranger sends is no text for our log.
    """
    found = _PATTERN.fullmatch((traceparent or "").strip())
    return found[1] if found else None


def trace_keys(trace_id: str | None) -> dict[str, str]:
    """Give what a log line says of a trace; nothing where there is none."""
    return {"trace_id": trace_id} if trace_id else {}
