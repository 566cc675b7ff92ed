"""One line per request, its id in the answer, its trace for whatever follows from it."""

import re
import time
import uuid

import structlog
from servicekit import TraceContext, current_trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import ProblemError, problem_response

log = structlog.get_logger(__name__)
VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
QUIET = ("/healthz", "/readyz")
FAILED = ProblemError("internal_error", "The request could not be handled; it has been noted.")


class RequestLog:
    """ASGI middleware. A line names the route and not the address asked for, nor whoever asked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, trace = _identify(scope)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        status = 0
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        token = current_trace.set(trace)
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("request failed", request_id=request_id)
            if status:
                raise
            await problem_response(FAILED, request_id)(scope, receive, send_with_id)
        finally:
            _note(scope, status, started)
            current_trace.reset(token)


def request_id_of(scope: Scope) -> str:
    """The id of the request that is being answered."""
    request_id: str = scope["state"]["request_id"]
    return request_id


def note_order(scope: Scope, order_id: str) -> None:
    """Let the request's line name the order that it is about."""
    scope["state"]["order_id"] = order_id


def _note(scope: Scope, status: int, started: float) -> None:
    write = log.debug if scope["path"] in QUIET else log.info
    write(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", None),
        status=status,
        ms=round((time.perf_counter() - started) * 1000, 1),
        request_id=scope["state"]["request_id"],
        order_id=scope["state"].get("order_id"),
    )


def _identify(scope: Scope) -> tuple[str, TraceContext]:
    """The client's request id and trace where it sent good ones, else new ones."""
    sent = {name: value for name, value in scope["headers"] if name in _OURS}
    request_id = sent.get(b"x-request-id", b"").decode("latin-1")
    if not VALID_ID.fullmatch(request_id):
        request_id = uuid.uuid4().hex
    trace = TraceContext.parse(sent.get(b"traceparent", b"").decode("latin-1"))
    return request_id, trace.child() if trace else TraceContext.new()


_OURS = (b"x-request-id", b"traceparent")
