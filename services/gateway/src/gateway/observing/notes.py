"""What is noted about a request while it is answered; its log line, metrics and headers follow."""

import re
import time
import uuid
from dataclasses import dataclass, field

from servicekit import TraceContext
from starlette.types import Scope

from gateway.http.card_numbers import looks_like_card
from gateway.route_table import ROUTES

VALID_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
PLAIN = frozenset(route.path for route in ROUTES if "{" not in route.path)
_OURS = (b"x-request-id", b"traceparent")

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Notes:
    """One request or WebSocket. `refused` is the code of a problem, `headers` are the answer's."""

    request_id: str
    trace: TraceContext
    started: float = field(default_factory=time.perf_counter)
    order_id: str | None = None
    refused: str | None = None
    upstream_ms: float | None = None
    headers: Headers = field(default_factory=list)

    def ms(self) -> float:
        """How long it has taken so far."""
        return (time.perf_counter() - self.started) * 1000


def take_notes(scope: Scope) -> Notes:
    """Begin: with the client's request id and trace where it sent good ones, else with new ones."""
    sent = {name: value for name, value in scope["headers"] if name in _OURS}
    request_id = sent.get(b"x-request-id", b"").decode("latin-1")
    if not VALID_ID.fullmatch(request_id) or looks_like_card(request_id):
        request_id = uuid.uuid4().hex
    trace = TraceContext.parse(sent.get(b"traceparent", b"").decode("latin-1"))
    notes = Notes(request_id, trace.child() if trace else TraceContext.new())
    notes.headers.append((b"x-request-id", request_id.encode()))
    scope.setdefault("state", {})["notes"] = notes
    return notes


def route_in(scope: Scope) -> str | None:
    """The template of the route that was found; never an address that nobody answers at."""
    route = scope.get("route")
    if route is not None:
        return str(route.path)
    return (
        scope["path"] if scope["path"] in PLAIN else None
    )  # Starlette names only FastAPI's routes


def request_id_of(scope: Scope) -> str:
    """The id of the request that is being answered."""
    return _notes(scope).request_id


def note_order(scope: Scope, order_id: str) -> None:
    """Let the request's line name the order that it is about."""
    _notes(scope).order_id = order_id


def note_refusal(scope: Scope, code: str) -> None:
    """Note which problem the client is told."""
    _notes(scope).refused = code


def note_upstream(scope: Scope, ms: float) -> None:
    """Note how long another service was waited for; several waits add up."""
    notes = _notes(scope)
    notes.upstream_ms = (notes.upstream_ms or 0.0) + ms


def note_headers(scope: Scope, *headers: tuple[bytes, bytes]) -> None:
    """Let the answer have these headers, whatever it will be; their names in lower case."""
    _notes(scope).headers.extend(headers)


def _notes(scope: Scope) -> Notes:
    notes: Notes = scope["state"]["notes"]
    return notes
