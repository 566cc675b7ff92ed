"""The headers of requests that mean something to an endpoint, each described once."""

from collections.abc import Mapping
from typing import Any

from gateway.idempotency import VALID
from gateway.preferences import MAX_WAIT_S


def _header(
    name: str, description: str, example: str, schema: Mapping[str, Any], *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "Idempotency-Key": _header(
        "Idempotency-Key",
        "Chosen by the client, anew for every new order: the same key is the same order, however"
        " often it is sent. It belongs to the customer and is known for 24 hours.",
        "5b8e1f0c-7b0a-4a53-9d0e-0f6c8f2a9d11",
        {"minLength": 1, "maxLength": 255, "pattern": f"^{VALID.pattern}$"},
        required=True,
    ),
    "Prefer": _header(
        "Prefer",
        f"`wait=N` holds the answer until the order has ended, N seconds and {MAX_WAIT_S} at most"
        " (RFC 7240). Other preferences are ignored.",
        "wait=10",
        {},
    ),
    "If-None-Match": _header(
        "If-None-Match",
        "The ETag that the client has: if it is still the right one, the answer is 304.",
        '"4"',
        {},
    ),
}


def parameter(name: str) -> dict[str, str]:
    """The place of a request header's description.

    Raises:
        KeyError: it is not described here.
    """
    if name not in PARAMETERS:
        raise KeyError(name)
    return {"$ref": f"#/components/parameters/{name}"}
