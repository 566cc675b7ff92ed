"""The SERVER span of a request. It names the route and never the address: that may be personal.

Neither query nor header of a client's is told: there are tickets, names and tokens in them.
"""

import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tracing import Kind, Span, TraceContext, use_trace
from tracing.context import TRACEPARENT
from tracing.names import (
    HIDDEN,
    HTTP_METHOD,
    HTTP_ROUTE,
    HTTP_STATUS,
    URL_PATH,
    URL_SCHEME,
)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FIELD = TRACEPARENT.encode()
OTHER = "_OTHER"
"""In place of a method that somebody made up (semantic conventions for HTTP)."""
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every second by machines: no work that anybody wants to see."""
SERVER_ERROR = 500


def begin_request(scope: Scope, parent: TraceContext | None, trace: TraceContext) -> Span:
    """Begin the span of a request or WebSocket as this part of a trace."""
    span = Span("", Kind.SERVER, trace, parent.span_id if parent else None, time.time_ns())
    method = scope.get("method", "GET")  # a WebSocket begins as one
    span.attributes[HTTP_METHOD] = method if method in METHODS else OTHER
    span.attributes[URL_SCHEME] = scope["scheme"]
    return span


def end_request(span: Span, route: str | None, status: int) -> None:
    """End the span of a request; `route` is a template, None if there is none at the address."""
    method = span.attributes[HTTP_METHOD]
    method = "HTTP" if method == OTHER else method
    span.name = f"{method} {route}" if route else str(method)
    span.attributes[URL_PATH] = route or HIDDEN
    if route is not None:
        span.attributes[HTTP_ROUTE] = route
    if status:
        span.attributes[HTTP_STATUS] = status
    if status >= SERVER_ERROR or not status:
        span.fail(str(status) if status else "no_answer")
    if route not in QUIET:
        span.end()


class ServerSpans:
    """ASGI middleware of a service: what it does for a request belongs to the caller's trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, inside the span of the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = TraceContext.parse(_traceparent(scope["headers"]))
        trace = parent.child() if parent else TraceContext.new()
        span, status = begin_request(scope, parent, trace), 0

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with use_trace(trace):
                await self._app(scope, receive, note_status)
        except Exception:
            status = status or SERVER_ERROR  # which is what the server answers with
            raise
        finally:
            end_request(span, _route(scope), status)


def _traceparent(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    for name, value in headers:
        if name == FIELD:
            return value.decode("latin-1")
    return None


def _route(scope: Scope) -> str | None:
    """Return the template; Starlette's own routes, which health has, are named by no scope."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    path: str = scope["path"]
    return path if path in QUIET else None
