"""What goes along with a call: the trace and the id of the request that it is made for."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import grpc
import structlog
from tracing import Kind, Span, TraceContext, begin, begin_trace, calling, current_trace
from tracing.context import TRACEPARENT
from tracing.names import RPC_METHOD, RPC_SERVICE, RPC_STATUS, RPC_SYSTEM
from tracing.span import Value

REQUEST = "x-request-id"
HEALTH = "grpc.health."
OK = grpc.StatusCode.OK.value[0]
UNKNOWN = grpc.StatusCode.UNKNOWN.value[0]
SERVERS_FAULT: Mapping[int, str] = {
    code.value[0]: code.name
    for code in (
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    )
}
"""Statuses that are errors of a server; others tell the caller of its own (semantic conventions)."""

Metadata: TypeAlias = tuple[tuple[str, str], ...]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any] | None"
Continue: TypeAlias = Callable[[grpc.HandlerCallDetails], Awaitable[Handler]]


@contextmanager
def call_metadata(method: str, request_id: str) -> Iterator[Metadata]:
    """Make a call inside a span, with metadata that names it and the request that it is made for.

    `method` is its whole name, `/package.Service/Method`.
    """
    with calling(method[1:], _attributes(method)) as span:
        trace = ((TRACEPARENT, span.traceparent),) if span.traceparent else ()
        try:
            yield (*trace, (REQUEST, request_id))
        except grpc.aio.AioRpcError as error:
            span.attributes[RPC_STATUS] = error.code().value[0]
            span.fail(error.code().name)
            raise
        span.attributes[RPC_STATUS] = OK


class Continuing(grpc.aio.ServerInterceptor):
    """Interceptor that lets what a call does and logs belong to the caller's trace and request."""

    async def intercept_service(
        self, continuation: Continue, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler:
        """Give every call a task of its own, so that what is set here ends with the call."""
        sent = dict(handler_call_details.invocation_metadata or ())
        span = _begin(
            handler_call_details.method, TraceContext.parse(str(sent.get(TRACEPARENT, "")))
        )
        current_trace.set(span.context or TraceContext.new())
        if REQUEST in sent:
            structlog.contextvars.bind_contextvars(request_id=sent[REQUEST])
        return _in_span(await continuation(handler_call_details), span)


def _begin(method: str, parent: TraceContext | None) -> Span:
    if parent is None:
        return begin_trace(method[1:], Kind.SERVER, _attributes(method))
    return begin(method[1:], Kind.SERVER, parent, _attributes(method))


def _in_span(handler: Handler, span: Span) -> Handler:
    """Let a call that is answered once end its span; questions about health are no work to see."""
    if handler is None or handler.unary_unary is None or span.name.startswith(HEALTH):
        return handler
    answer = handler.unary_unary

    async def answered(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        status = UNKNOWN
        try:
            # The published types know the handlers of the blocking server alone.
            response = await answer(request, context)  # type: ignore[arg-type]
            status = OK
        finally:
            _end(span, _number(context.code()) or status)
        return response

    return grpc.unary_unary_rpc_method_handler(
        answered,
        handler.request_deserializer,
        handler.response_serializer,
    )


def _end(span: Span, status: int) -> None:
    span.attributes[RPC_STATUS] = status
    if status in SERVERS_FAULT:
        span.fail(SERVERS_FAULT[status])
    span.end()


def _number(code: grpc.StatusCode | int | None) -> int:
    """Give the number of a status; the server knows one as a number, its published types do not."""
    return code.value[0] if isinstance(code, grpc.StatusCode) else code or OK


def _attributes(method: str) -> dict[str, Value]:
    service, _, name = method[1:].rpartition("/")
    return {RPC_SYSTEM: "grpc", RPC_SERVICE: service, RPC_METHOD: name}
