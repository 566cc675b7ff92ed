"""What the OpenAPI document says beyond what FastAPI finds out by itself."""

from collections import defaultdict
from typing import Any

from fastapi import FastAPI
from messaging.fault_plans import CATALOGUE

from gateway.order_request import OrderRequest
from gateway.problem_kinds.catalogue import KINDS
from gateway.problems import MEDIA_TYPE

_SCHEMA = OrderRequest.model_json_schema(ref_template="#/components/schemas/{model}")

ORDER_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OrderRequest"}}},
    },
}
"""An order's body and its key: FastAPI does not read them itself."""

PLAN_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["plan"],
                    "properties": {"plan": {"type": "string", "enum": list(CATALOGUE)}},
                }
            }
        },
    },
}
AUTH = ("token_missing", "token_invalid", "insufficient_scope", "keys_unavailable")
"""What every endpoint that asks for a token may refuse."""


def described(*codes: str) -> dict[int | str, dict[str, Any]]:
    """What an endpoint refuses, by status."""
    by_status = defaultdict(list)
    for code in codes:
        by_status[KINDS[code].status].append(code)
    return {
        status: {
            "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in of_status),
            "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
        }
        for status, of_status in sorted(by_status.items())
    }


def add_schemas(app: FastAPI) -> None:
    """Let the document hold the schemas of an order's body."""
    generate = app.openapi

    def with_schemas() -> dict[str, Any]:
        document = generate()
        own = {name: part for name, part in _SCHEMA.items() if name != "$defs"}
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update({"OrderRequest": own, **_SCHEMA["$defs"]})
        return document

    app.openapi = with_schemas  # type: ignore[method-assign]  # FastAPI's documented way
