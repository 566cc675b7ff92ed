"""The context of a request: what its log line, metrics and response headers are made of."""

import re
import time
import uuid
from dataclasses import dataclass, field

from servicekit.server_spans import begin_request, end_request
from starlette.types import Scope
from tracing import Span, TraceContext, current_trace
from tracing.names import ORDER_ID, PROBLEM

from gateway.http.card_numbers import looks_like_card
from gateway.routes import ROUTES

VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
PLAIN = frozenset(route.path for route in ROUTES if "{" not in route.path)
_OURS = (b"x-request-id", b"traceparent")

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class RequestContext:
    """One request or WebSocket. `refused` is the code of a problem, `headers` are the answer's.

    `wants_trace` says that the client's own trace is recorded, and that it would like ours to be.
    """

    request_id: str
    span: Span
    wants_trace: bool = False
    started: float = field(default_factory=time.perf_counter)
    order_id: str | None = None
    refused: str | None = None
    upstream_ms: float | None = None
    stream_code: int | None = None
    headers: Headers = field(default_factory=list)

    def log_keys(self) -> dict[str, str]:
        """Return what a log line names that is written while the request is answered."""
        order = {"order_id": self.order_id} if self.order_id else {}
        return {"request_id": self.request_id, **order}

    def ms(self) -> float:
        """Return how long it has taken so far."""
        return (time.perf_counter() - self.started) * 1000


def begin_context(scope: Scope, trace_ratio: float) -> RequestContext:
    """Begin with the client's request id and trace where it sent good ones, else with new ones.

    Whether a trace is recorded is decided here, for all that follows: a client may name the trace,
    but what we record is ours to say.
    """
    request_id, trace_parent = (_only(scope, name) for name in _OURS)
    if not VALID_ID.fullmatch(request_id) or looks_like_card(request_id):
        request_id = uuid.uuid4().hex
    parent = TraceContext.parse(trace_parent)
    trace = parent.child() if parent else TraceContext.new()
    trace = trace.sampled(wanted=trace.is_within(trace_ratio))
    span = begin_request(scope, parent, trace)
    context = RequestContext(request_id, span, parent is not None and parent.is_sampled)
    context.headers.append((b"x-request-id", request_id.encode()))
    scope.setdefault("state", {})["request_context"] = context
    return context


def honour_trace(scope: Scope) -> None:
    """Record the trace of a request whose caller may ask for that, and asks, whatever our ratio is."""
    context = _context(scope)
    if context.wants_trace:
        context.span.sample()
        current_trace.set(context.span.context)


def end_span(context: RequestContext, route: str | None, status: int) -> None:
    """End the span of a request, with the order that it is about and the problem that it met."""
    if context.order_id is not None:
        context.span.attributes[ORDER_ID] = context.order_id
    if context.refused is not None:
        context.span.attributes[PROBLEM] = context.refused
    end_request(context.span, route, status)


def route_in(scope: Scope) -> str | None:
    """Return the template of the route that was found; never an address without a route."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    return (
        scope["path"] if scope["path"] in PLAIN else None
    )  # Starlette names only FastAPI's routes


def request_id_of(scope: Scope) -> str:
    """Return the id of the request that is being answered."""
    return _context(scope).request_id


def note_order(scope: Scope, order_id: str, traceparent: str | None = None) -> None:
    """Let the request's line and span name the order that it is about.

    The request has a trace of its own; `traceparent` links it to that in which the order was placed.
    """
    context = _context(scope)
    context.order_id = order_id
    context.span.link([TraceContext.parse(traceparent)])


def note_refusal(scope: Scope, code: str) -> None:
    """Note the code of the problem that the client gets."""
    _context(scope).refused = code


def note_stream_end(scope: Scope, code: int) -> None:
    """Note why the stream ended that the answer was."""
    _context(scope).stream_code = code


def note_upstream(scope: Scope, ms: float) -> None:
    """Note how long another service was waited for; several waits add up."""
    context = _context(scope)
    context.upstream_ms = (context.upstream_ms or 0.0) + ms


def note_headers(scope: Scope, *headers: tuple[bytes, bytes]) -> None:
    """Let the answer have these headers, whatever it will be; their names in lower case."""
    _context(scope).headers.extend(headers)


def _only(scope: Scope, field: bytes) -> str:
    """Return the value of a field that is there once; several are ambiguous."""
    values = [value for name, value in scope["headers"] if name == field]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _context(scope: Scope) -> RequestContext:
    context: RequestContext = scope["state"]["request_context"]
    return context
