"""The OpenAPI document's metadata: title, description, tags, security schemes."""

from collections.abc import Mapping
from importlib.metadata import version
from operator import attrgetter
from typing import Any

from gateway.routes import ROUTES, SOCKET

SECURITY, TICKET = "token", "ticket"
SECURITY_SCHEMES: Mapping[str, Any] = {
    SECURITY: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "A token of the issuer's, signed with ES256 or Ed25519 (RFC 6750, RFC 7519). Its scopes:\n\n"
            "- `orders:read`: read your own orders\n"
            "- `orders:write`: place and cancel your own orders\n"
            "- `webhooks`: say where your own systems are told of your orders\n"
            "- `ops`: read everybody's orders, and what only operators see\n"
            "- `trace`: have your requests traced where your `traceparent` is sampled; `ops` may as well"
        ),
    },
    TICKET: {
        "type": "apiKey",
        "in": "query",
        "name": "ticket",
        "description": "For live streams, where no token can be sent: see `POST /v1/tickets`.",
    },
}
TAGS: list[dict[str, Any]] = [
    {"name": "orders", "description": "Place, read, list, cancel."},
    {"name": "live", "description": "Follow an order as it changes, or the whole shop."},
    {"name": "webhooks", "description": "Have your own systems told how your orders go on."},
    {"name": "products", "description": "What is sold, and for how much; for everybody."},
    {"name": "fault plans", "description": "Let an order fail on purpose; on test beds only."},
    {"name": "information", "description": "What the gateway says about itself."},
    {"name": "health", "description": "Whether the process runs, and can do its work."},
]
_DESCRIPTION = """Accepts orders and says where they stand.

**Problems.** Whatever is refused is refused with `application/problem+json` (RFC 9457). `code` is for programs and stays the same,
`type` leads to a page about it, `errors` points at the parts of the request that are wrong; all kinds are listed at `/problems`.

**Ids.** Every answer has an `X-Request-Id`; the client may choose it by sending one of up to 128 letters, digits, `.`, `_` and `-`.
A `traceparent` (W3C Trace Context) is continued by everything that follows from the request.

**Money** is a whole number of minor units (pence, cents) and an ISO 4217 currency. **Times** are RFC 3339 in UTC. Clients ignore
fields that they do not know: new ones may come at any time."""
_SOCKETS = """

**WebSockets** cannot be described by OpenAPI. These are served beside what is listed here: """


def about() -> dict[str, Any]:
    """Return what a FastAPI application needs for its document. `/docs` is served by ourselves."""
    return {
        "title": "orderstream gateway",
        "version": version("orderstream-gateway"),
        "description": _DESCRIPTION + _sockets(),
        "license_info": {"name": "MIT", "identifier": "MIT"},
        "servers": [{"url": "/", "description": "Where this document comes from."}],
        "openapi_tags": TAGS,
        "generate_unique_id_function": attrgetter("name"),
        "separate_input_output_schemas": False,
        "redirect_slashes": False,
        "docs_url": None,
        "redoc_url": None,
    }


def _sockets() -> str:
    """Return the WebSockets of the route table, which have no other place."""
    sockets = [f"`{route.path}`" for route in ROUTES if SOCKET in route.methods]
    return _SOCKETS + ", ".join(sockets) + "." if sockets else ""
