"""The headers of answers, each described once."""

from collections.abc import Mapping
from typing import Any

TEXT = {"type": "string"}
SECONDS = {"type": "integer", "minimum": 0}


def _header(description: str, schema: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    return {"description": description, "required": required, "schema": dict(schema)}


HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-Request-Id": _header(
        "The id of the request: the client's own X-Request-Id if it sent a good one.",
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
        required=True,
    ),
    "Server-Timing": _header(
        "Where the time went before the answer began, in milliseconds (W3C Server Timing); absent"
        " where a request was refused unread.",
        TEXT,
        required=False,
    ),
    "RateLimit-Policy": _header(
        "How often one client may ask: `q` requests in `w` seconds (IETF draft, ratelimit-headers).",
        {"type": "string", "pattern": '^"default";q=[0-9]+;w=[0-9]+$'},
        required=False,
    ),
    "RateLimit": _header(
        "What is left of that: `r` requests; more in `t` seconds.",
        {"type": "string", "pattern": '^"default";r=[0-9]+;t=[0-9]+$'},
        required=False,
    ),
    "Cache-Control": _header("Who may keep the answer, and for how long.", TEXT, required=True),
    "Location": _header(
        "Where it is found.",
        {"type": "string", "pattern": "^/v1/(orders/ord|webhooks/whk)_[0-9a-f]{32}$"},
        required=True,
    ),
    "Retry-After": _header("Come again after so many seconds.", SECONDS, required=True),
    "ETag": _header(
        "The version of the document, for If-None-Match.",
        {"type": "string", "pattern": '^(W/)?"[^"]*"$'},
        required=True,
    ),
    "Idempotent-Replayed": _header(
        "There, and `true`, if an earlier request with this Idempotency-Key placed the order.",
        {"const": "true"},
        required=False,
    ),
    "Preference-Applied": _header(
        "The wait that was granted (RFC 7240); absent where there was none.",
        {"type": "string", "pattern": "^wait=[0-9]+$"},
        required=False,
    ),
    "Cache-Status": _header(
        "Whether the gateway had the answer, and if not, why it asked (RFC 9211).",
        TEXT,
        required=True,
    ),
    "Age": _header("For so long the gateway has had the answer.", SECONDS, required=False),
    "Link": _header("The next page, if there is one (RFC 8288).", TEXT, required=False),
    "WWW-Authenticate": _header("What the token lacks (RFC 6750).", TEXT, required=True),
}

ALWAYS = ("X-Request-Id", "Server-Timing")
"""The headers of every response."""

LIMITED = ("RateLimit-Policy", "RateLimit")
"""The headers of rate-limited responses, unless the counters are unavailable."""


def header(name: str) -> dict[str, str]:
    """Return the place of a header's description.

    Raises:
        KeyError: it is not described here.
    """
    if name not in HEADERS:
        raise KeyError(name)
    return {"$ref": f"#/components/headers/{name}"}
