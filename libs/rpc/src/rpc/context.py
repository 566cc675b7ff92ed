"""What goes along with a call: the trace and the id of the request that it is made for."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import structlog
from servicekit import TraceContext, current_trace

TRACE = "traceparent"
REQUEST = "x-request-id"

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Continue: TypeAlias = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]


def call_metadata(request_id: str) -> tuple[tuple[str, str], ...]:
    """The metadata of a call that is made while a request is answered."""
    trace = current_trace.get() or TraceContext.new()
    return ((TRACE, trace.child().traceparent), (REQUEST, request_id))


class Continuing(grpc.aio.ServerInterceptor):
    """Lets what a call does and logs belong to the caller's trace and request."""

    async def intercept_service(
        self, continuation: Continue, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Every call has a task of its own, so what is set here ends with the call."""
        sent = dict(handler_call_details.invocation_metadata or ())
        trace = TraceContext.parse(str(sent.get(TRACE, "")))
        current_trace.set(trace.child() if trace else TraceContext.new())
        if REQUEST in sent:
            structlog.contextvars.bind_contextvars(request_id=sent[REQUEST])
        return await continuation(handler_call_details)
