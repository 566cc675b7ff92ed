"""One log line per request and per WebSocket, with its metrics and its span."""

import logging

import structlog
from servicekit import log_about
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tracing import current_trace

from gateway.http.request_context import (
    RequestContext,
    begin_context,
    end_span,
    note_refusal,
    route_in,
)
from gateway.observing.metrics import Metrics
from gateway.problems.problem import ProblemError, problem_response

log = structlog.get_logger(__name__)
QUIET = ("/healthz", "/readyz", "/metrics")
FAILED = ProblemError("internal_error", "The request could not be handled; it has been noted.")


class RequestLog:
    """ASGI middleware. A line names the route, neither the address nor the client."""

    def __init__(self, app: ASGIApp, metrics: Metrics, trace_ratio: float) -> None:
        self._app = app
        self._metrics = metrics
        self._trace_ratio = trace_ratio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = begin_context(scope, self._trace_ratio)
        status = 0

        async def send_with_context(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    *context.headers,
                    _server_timing(context),
                ]
            await send(message)

        token = current_trace.set(context.span.context)
        self._metrics.in_flight += 1
        try:
            with log_about(context.log_keys):
                await self._app(scope, receive, send_with_context)
        except Exception:
            log.exception("request_failed", **context.log_keys())
            if status:
                raise
            note_refusal(scope, FAILED.code)
            await problem_response(FAILED, context.request_id)(scope, receive, send_with_context)
        finally:
            self._metrics.in_flight -= 1
            self._note(scope, context, status)
            current_trace.reset(token)

    def _note(self, scope: Scope, context: RequestContext, status: int) -> None:
        ms, route = context.ms(), route_in(scope)
        self._metrics.answered(route, scope["method"], status, ms / 1000)
        end_span(context, route, status)
        if context.refused is not None:
            self._metrics.refused(context.refused)
        if context.stream_code is not None:
            self._metrics.stream_ended(route, context.stream_code)
        log.log(
            logging.DEBUG if route in QUIET else logging.INFO,
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(ms, 1),
            upstream_ms=None if context.upstream_ms is None else round(context.upstream_ms, 1),
            code=context.refused,
            **context.log_keys(),
        )


def _server_timing(context: RequestContext) -> tuple[bytes, bytes]:
    """Return where the time went before the answer began. Source: W3C Server Timing."""
    upstream = context.upstream_ms
    if upstream is None:
        return b"server-timing", b"gateway;dur=%.1f" % context.ms()
    timing = b"gateway;dur=%.1f, upstream;dur=%.1f"
    return b"server-timing", timing % (max(0.0, context.ms() - upstream), upstream)


SWITCHED, FORBIDDEN = 101, 403
"""The status with which a WebSocket begins, or is refused (RFC 6455, 4.2.2)."""
LOST = 1006
"""Ended without a close frame of either side. Source: RFC 6455, section 7.1.5."""


class SocketLog:
    """ASGI middleware. The code in a line is the first one, from the client or from us."""

    def __init__(self, app: ASGIApp, metrics: Metrics, trace_ratio: float) -> None:
        self._app = app
        self._metrics = metrics
        self._trace_ratio = trace_ratio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application serve the WebSocket, and note how it ended."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        context = begin_context(scope, self._trace_ratio)
        talk = _Talk(context, receive, send)
        token = current_trace.set(context.span.context)
        self._metrics.sockets_open += 1
        try:
            with log_about(context.log_keys):
                await self._app(scope, talk.receive, talk.send)
        except Exception:
            log.exception("websocket_failed", **context.log_keys())
            raise
        finally:
            self._metrics.sockets_open -= 1
            self._note(scope, context, talk)
            current_trace.reset(token)

    def _note(self, scope: Scope, context: RequestContext, talk: "_Talk") -> None:
        route = route_in(scope)
        self._metrics.socket_closed(route, talk.code)
        end_span(context, route, SWITCHED if talk.accepted else FORBIDDEN)
        if context.refused is not None:
            self._metrics.refused(context.refused)
        log.info(
            "websocket",
            route=route,
            accepted=talk.accepted,
            code=talk.code,
            ms=round(context.ms(), 1),
            refused=context.refused,
            **context.log_keys(),
        )


class _Talk:
    """The two directions of one WebSocket, listened to for its beginning and its end."""

    def __init__(self, context: RequestContext, receive: Receive, send: Send) -> None:
        self.accepted = False
        self.code = LOST
        self._over = False
        self._context = context
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._end(message.get("code") or LOST)
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            self.accepted = True
            message["headers"] = [*message.get("headers", ()), *self._context.headers]
        elif kind == "websocket.close":
            self._end(message.get("code") or 1000)
        elif kind == "websocket.http.response.start":
            self._end(message["status"])
            message["headers"] = [*message.get("headers", ()), *self._context.headers]
        await self._send(message)

    def _end(self, code: int) -> None:
        if not self._over:
            self._over, self.code = True, code
