"""One line per request, its id and its times in the answer, its trace for what follows from it."""

import structlog
from servicekit import current_trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.observing.metrics import Metrics
from gateway.observing.notes import Notes, note_refusal, route_in, take_notes
from gateway.problems.problem import ProblemError, problem_response

log = structlog.get_logger(__name__)
QUIET = ("/healthz", "/readyz", "/metrics")
FAILED = ProblemError("internal_error", "The request could not be handled; it has been noted.")


class RequestLog:
    """ASGI middleware. A line names the route and not the address asked for, nor whoever asked."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        notes = take_notes(scope)
        status = 0

        async def send_with_notes(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    *notes.headers,
                    _server_timing(notes),
                ]
            await send(message)

        token = current_trace.set(notes.trace)
        self._metrics.in_flight += 1
        try:
            await self._app(scope, receive, send_with_notes)
        except Exception:
            log.exception("request failed", request_id=notes.request_id)
            if status:
                raise
            note_refusal(scope, FAILED.code)
            await problem_response(FAILED, notes.request_id)(scope, receive, send_with_notes)
        finally:
            self._metrics.in_flight -= 1
            self._note(scope, notes, status)
            current_trace.reset(token)

    def _note(self, scope: Scope, notes: Notes, status: int) -> None:
        ms, route = notes.ms(), route_in(scope)
        self._metrics.answered(route, scope["method"], status, ms / 1000)
        if notes.refused is not None:
            self._metrics.refused(notes.refused)
        write = log.debug if route in QUIET else log.info
        write(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(ms, 1),
            upstream_ms=None if notes.upstream_ms is None else round(notes.upstream_ms, 1),
            code=notes.refused,
            request_id=notes.request_id,
            order_id=notes.order_id,
        )


def _server_timing(notes: Notes) -> tuple[bytes, bytes]:
    """Where the time went before the answer began. Source: W3C Server Timing."""
    upstream = notes.upstream_ms
    if upstream is None:
        return b"server-timing", b"gateway;dur=%.1f" % notes.ms()
    timing = b"gateway;dur=%.1f, upstream;dur=%.1f"
    return b"server-timing", timing % (max(0.0, notes.ms() - upstream), upstream)
