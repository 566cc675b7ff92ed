"""Every route of the gateway on one page: its upstream, scopes, timeout, caching and limit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.types import Scope

Upstream = Literal["gateway", "order-api", "inventory-api", "inventory-grpc", "notifier-api"]

READ = "orders:read"
WRITE = "orders:write"
WEBHOOKS = "webhooks"
OPERATE = "ops"
"""Sees the orders of every customer."""
TRACE = "trace"
"""Has its own requests traced by the sampled flag of a traceparent, whatever share of others is."""
PUBLIC = "public, max-age=10"
BRIEFLY = "public, max-age=1"
"""Spares inventory repeated requests for one product, at the cost of a second."""
PRIVATE = "private, no-cache"
READ_MS = 5000
WRITING, READING = "6000/minute", "12000/minute"
"""Per-client limit: generous for a person, low enough to protect other clients."""
SOCKET = "WEBSOCKET"
"""Stands where a method would: a WebSocket has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route.

    `path` is the template as FastAPI knows it. `upstream` gives the answer; what the gateway answers
    may ask others too. Any of `scopes` suffices, none is needed where there are none. Upstreams are
    given up after `timeout_ms`. `cache` is the answer's Cache-Control. `limit` is how often a
    client may ask, as `600/minute`. Where `ticket` is set, one may stand in for the token.
    """

    path: str
    methods: tuple[str, ...]
    upstream: Upstream
    scopes: tuple[str, ...] = ()
    timeout_ms: int | None = None
    cache: str | None = None
    limit: str | None = None
    ticket: bool = False

    @property
    def knows_its_parameters(self) -> bool:
        """Whether a parameter that it does not know is a mistake: not where probes and browsers ask."""
        return self.path.startswith(("/v1/", "/dashboard/", "/admin/"))


def _get(path: str, upstream: Upstream = "gateway", **more: Any) -> Route:
    timeout_ms = None if upstream == "gateway" else READ_MS
    return Route(path=path, methods=("GET",), upstream=upstream, timeout_ms=timeout_ms, **more)


# fmt: off
ROUTES: tuple[Route, ...] = (
    Route(path="/v1/orders", methods=("POST",), upstream="gateway", scopes=(WRITE,),
          timeout_ms=READ_MS, cache=PRIVATE, limit=WRITING),
    Route(path="/v1/orders", methods=("GET",), upstream="order-api", scopes=(READ, OPERATE),
          timeout_ms=READ_MS, cache=PRIVATE, limit=READING),
    Route(path="/v1/orders/{order_id}", methods=("GET",), upstream="order-api",
          scopes=(READ, OPERATE), timeout_ms=READ_MS, cache=PRIVATE, limit=READING),
    Route(path="/v1/orders/{order_id}/cancel", methods=("POST",), upstream="gateway",
          scopes=(WRITE,), timeout_ms=READ_MS, cache=PRIVATE, limit=WRITING),
    Route(path="/v1/orders/{order_id}/events", methods=("GET",), upstream="gateway",
          scopes=(READ, OPERATE), cache="no-store", limit=READING, ticket=True),
    Route(path="/v1/orders/{order_id}/ws", methods=(SOCKET,), upstream="gateway",
          scopes=(READ, OPERATE), limit=READING, ticket=True),
    Route(path="/dashboard/events", methods=("GET",), upstream="gateway",
          scopes=(OPERATE,), cache="no-store", limit=READING, ticket=True),
    Route(path="/dashboard/realtime", methods=(SOCKET,), upstream="gateway",
          scopes=(OPERATE,), limit=READING, ticket=True),
    Route(path="/v1/tickets", methods=("POST",), upstream="gateway", scopes=(READ, OPERATE),
          cache=PRIVATE, limit=WRITING),
    Route(path="/v1/webhooks", methods=("GET", "POST"), upstream="notifier-api",
          scopes=(WEBHOOKS,), timeout_ms=READ_MS, cache=PRIVATE, limit=WRITING),
    Route(path="/v1/webhooks/{webhook_id}", methods=("GET", "DELETE"), upstream="notifier-api",
          scopes=(WEBHOOKS,), timeout_ms=READ_MS, cache=PRIVATE, limit=WRITING),
    Route(path="/v1/webhooks/{webhook_id}/rotate", methods=("POST",), upstream="notifier-api",
          scopes=(WEBHOOKS,), timeout_ms=READ_MS, cache=PRIVATE, limit=WRITING),
    Route(path="/v1/webhooks/{webhook_id}/deliveries", methods=("GET",), upstream="notifier-api",
          scopes=(WEBHOOKS,), timeout_ms=READ_MS, cache=PRIVATE, limit=READING),
    _get("/v1/products", upstream="inventory-api", cache=PUBLIC, limit=READING),
    _get("/v1/products/{sku}", upstream="inventory-api", cache=PUBLIC, limit=READING),
    _get("/v1/products/{sku}/availability", upstream="inventory-grpc", cache=BRIEFLY,
         limit=READING),
    Route(path="/admin/fault-plans", methods=("GET",), upstream="gateway", scopes=(OPERATE,),
          cache=PRIVATE, limit=READING),
    Route(path="/admin/fault-plans/{idempotency_key}", methods=("PUT",), upstream="gateway",
          scopes=(OPERATE,), cache=PRIVATE, limit=WRITING),
    _get("/"),
    _get("/problems"),
    _get("/problems/{code}"),
    _get("/healthz"),
    _get("/readyz"),
    _get("/metrics"),
    _get("/openapi.json"),
    _get("/docs"),
    _get("/docs/{part}"),
)
# fmt: on

_BY_PLACE: Mapping[tuple[str, str], Route] = {
    (route.path, method): route for route in ROUTES for method in route.methods
}


def route_of(scope: Scope) -> Route:
    """Return the row of the request or WebSocket that an endpoint is answering.

    Raises:
        KeyError: the endpoint has no row; a test checks that each has one.
    """
    method = scope["method"] if scope["type"] == "http" else SOCKET
    return _BY_PLACE[scope["route"].path, "GET" if method == "HEAD" else method]


def methods_at(path: str) -> list[str]:
    """Return the methods that a path takes, in alphabetical order; HEAD where there is GET."""
    methods = {method for route in ROUTES if route.path == path for method in route.methods}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
