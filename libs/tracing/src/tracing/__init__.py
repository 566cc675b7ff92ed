"""Spans of our own: begun where work is done, kept by a bounded queue, exported as OTLP.

`tracing.exporting`, which needs an HTTP client and Protobuf, is imported by processes alone.
"""

from tracing.calls import Attempt, attempting, calling
from tracing.context import TraceContext, current_trace, use_trace
from tracing.pending import ended_together, leave
from tracing.span import Kind, Span, begin, begin_trace, recorder

__all__ = [
    "Attempt",
    "Kind",
    "Span",
    "TraceContext",
    "attempting",
    "begin",
    "begin_trace",
    "calling",
    "current_trace",
    "ended_together",
    "leave",
    "recorder",
    "use_trace",
]
