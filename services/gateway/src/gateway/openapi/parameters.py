"""The headers of requests that mean something to an endpoint, each described once."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from events import OrderId, Sku
from events.limits import KEY_MAX
from fastapi import Path, Query
from pydantic import BeforeValidator, TypeAdapter
from pydantic_core import PydanticCustomError

from gateway.intake.idempotency import VALID
from gateway.problems.problem import PROBLEM_TYPES
from gateway.reads.long_poll import MAX_WAIT_S


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


def _path(description: str, pattern: str, example: str) -> Any:
    # Only described, not checked by FastAPI: what cannot be there is told like what is not there.
    return Path(description=description, examples=[example], json_schema_extra={"pattern": pattern})


ORDER_ID: str = TypeAdapter(OrderId).json_schema()["pattern"]
SKU: str = TypeAdapter(Sku).json_schema()["pattern"]
OrderIdInPath = Annotated[
    str, _path("The order's id.", ORDER_ID, "ord_0193654bd1c87c6e8a0f4a1b2c3d4e5f")
]
SkuInPath = Annotated[str, _path("The product's SKU.", SKU, "22423")]
KeyInPath = Annotated[
    str,
    _path("The Idempotency-Key, without a slash.", f"^(?!.*/){VALID.pattern}$", "mine-1"),
]
WEBHOOK_ID = "^whk_[0-9a-f]{32}$"
WebhookIdInPath = Annotated[
    str, _path("The subscription's id.", WEBHOOK_ID, "whk_0193654bd1c87c6e8a0f4a1b2c3d4e5f")
]
NUMBER = re.compile("-?[0-9]+")
POSITION = "^[0-9]{1,9}$"
AfterInQuery = Annotated[
    str | None,
    Query(
        description="The sequence of the last message that the client has.",
        examples=["3"],
        json_schema_extra={"pattern": POSITION},
    ),
]


def _read_number(text: Any) -> Any:
    """Take digits only: `int` would read `1_0`, ` 10` and digits of other scripts as well."""
    if isinstance(text, str) and not NUMBER.fullmatch(text):
        raise PydanticCustomError("digits", "This is a whole number, written in digits (0-9)")
    return text


DIGITS = BeforeValidator(_read_number)
"""Beside the bounds of a number in a query."""
CodeInPath = Annotated[
    str, Path(description="The problem's code.", json_schema_extra={"enum": list(PROBLEM_TYPES)})
]

PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "Idempotency-Key": _header(
        "Idempotency-Key",
        "Chosen by the client, anew for every new order: the same key is the same order, however"
        " often it is sent. It belongs to the customer and is known for 24 hours.",
        "5b8e1f0c-7b0a-4a53-9d0e-0f6c8f2a9d11",
        {"minLength": 1, "maxLength": KEY_MAX, "pattern": f"^{VALID.pattern}$"},
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
    "Last-Event-ID": _header(
        "Last-Event-ID",
        "The `id` of the last message that the client has: the stream goes on after it. Stronger"
        " than `after`, since `EventSource` repeats the address that it was given.",
        "3",
        {"pattern": POSITION},
    ),
}


def parameter(name: str) -> dict[str, str]:
    """Return the place of a request header's description.

    Raises:
        KeyError: it is not described here.
    """
    if name not in PARAMETERS:
        raise KeyError(name)
    return {"$ref": f"#/components/parameters/{name}"}
