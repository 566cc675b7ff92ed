"""What a request to an upstream carries on behalf of the request that the gateway is answering.

Sources: RFC 9110, 7.6.1 (hop-by-hop fields) and 7.6.3 (Via); RFC 7239 (Forwarded).
"""

from contextvars import ContextVar
from ipaddress import ip_address

import httpx
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.request_context import note_upstream, request_id_of
from gateway.routes import READ_MS, route_of

HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "proxy-authenticate", "proxy-authorization", "proxy-authentication-info",
})  # fmt: skip
"""Fields that speak of one connection only, beside those that its Connection field names."""
VIA = "1.1 orderstream"

_answering: ContextVar[Scope | None] = ContextVar("answering", default=None)


class UpstreamContextMiddleware:
    """ASGI middleware: lets requests to upstreams know which request they are made for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer."""
        token = _answering.set(scope)
        try:
            await self._app(scope, receive, send)
        finally:
            _answering.reset(token)


def end_to_end(headers: httpx.Headers) -> dict[str, str]:
    """Return the fields of a message that are meant for its far end, each once and in lower case.

    A value with bytes beyond ASCII, which has no meaning that all agree on (RFC 9110, 5.5), is left out.
    """
    named = headers.get("connection", "").lower().split(",")
    dropped = HOP_BY_HOP.union(name.strip() for name in named)
    return {
        name: value for name, value in headers.items() if name not in dropped and value.isascii()
    }


def forwarded() -> dict[str, str]:
    """Return the fields that name the original request: Forwarded, Via and X-Request-Id.

    What a client claims about itself in Forwarded or X-Forwarded-For is not passed on: the gateway
    is the edge, and trusts no one in front of it.
    """
    headers = {"Via": VIA}
    scope = _answering.get()
    if scope is not None:
        headers["Forwarded"] = _forwarded(scope)
        headers["X-Request-Id"] = request_id_of(scope)
    return headers


def timeout_ms() -> int:
    """Return how long upstreams may take, by the row of the request that is being answered."""
    scope = _answering.get()
    if scope is None or "route" not in scope:
        return READ_MS
    return route_of(scope).timeout_ms or READ_MS


def note_wait(ms: float) -> None:
    """Note with the request that is being answered how long an upstream was waited for."""
    scope = _answering.get()
    if scope is not None:
        note_upstream(scope, ms)


def _forwarded(scope: Scope) -> str:
    client, host = scope.get("client"), Headers(scope=scope).get("host", "")
    address = _node(client[0] if client else "")
    parts = {"for": address, "host": host}
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    return ";".join(
        [*(f"{name}={_quoted(part)}" for name, part in parts.items()), f"proto={scheme}"]
    )


def _node(host: str) -> str:
    """Return an address as RFC 7239 (section 6) has it: a proxy may pass on what is none."""
    try:
        address = ip_address(host)
    except ValueError:
        return "unknown"
    return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004  # of the protocol


def _quoted(value: str) -> str:
    """Return a value as a quoted-string (RFC 9110, 5.6.4): always allowed, and needed for colons."""
    escaped = value.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'
