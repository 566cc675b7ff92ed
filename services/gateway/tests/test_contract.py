"""The OpenAPI document says everything about every route, and its examples are true to it."""

from typing import Any

import jsonschema_rs
import pytest
from fastapi.routing import iter_route_contexts
from gateway.app import create_app
from gateway.openapi.document import operations
from gateway.openapi.operation import codes_of
from gateway.problems.problem import PROBLEM_TYPES
from gateway.routes import ROUTES, SOCKET
from gateway.settings import GatewaySettings

APP = create_app(
    GatewaySettings(
        database_url="postgresql://gateway@localhost:1/gateway",
        http_port=1,
        order_api_urls="http://localhost:1",
        inventory_api_urls="http://localhost:2",
        jwks_url="http://localhost:1",
        sealing_key="a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
        fault_plans=True,
    )
)
DOCUMENT = APP.openapi()
OPERATIONS = {f"{method} {path}": operation for path, method, operation in operations(DOCUMENT)}
ABOUT_THE_DOCUMENT = {"/openapi.json", "/docs", "/docs/{part}"}
EVERYWHERE = {
    "cross_origin_refused",
    "method_not_allowed",
    "malformed_request",
    "header_repeated",
    "request_too_slow",
    "too_many_connections",
    "transfer_coding_unknown",
    "address_too_long",
    "headers_too_large",
    "precondition_failed",
    "upgrade_required",
}
"""Refusals of what is no operation at all."""


def resolved(part: Any) -> Any:
    """What a reference stands for."""
    if not isinstance(part, dict) or "$ref" not in part:
        return part
    *_, kind, name = part["$ref"].split("/")
    return DOCUMENT["components"][kind][name]


def check(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema_rs.Draft202012Validator(whole, validate_formats=True).validate(value)


def bodies_of(operation: dict[str, Any]) -> list[Any]:
    """Everything that is sent or answered, by its media type."""
    parts = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [body for part in parts for body in part.get("content", {}).values()]


def test_every_route_is_in_the_document() -> None:
    served = {
        f"{method} {route.path}"
        for route in iter_route_contexts(APP.routes)
        if str(route.path) not in ABOUT_THE_DOCUMENT
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert served == set(OPERATIONS)


def test_websockets_are_named_in_the_introduction() -> None:
    sockets = [row.path for row in ROUTES if SOCKET in row.methods]
    assert all(f"`{path}`" in DOCUMENT["info"]["description"] for path in sockets)


def test_every_operation_has_an_id_of_its_own() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)
    links = [
        link["operationId"]
        for operation in OPERATIONS.values()
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    ]
    assert links
    assert set(links) <= set(ids)


@pytest.mark.parametrize("place", OPERATIONS)
def test_an_operation_says_all_about_itself(place: str) -> None:
    operation = OPERATIONS[place]
    (tag,) = operation["tags"]
    assert tag in {one["name"] for one in DOCUMENT["tags"]}
    assert operation["description"]
    assert all(resolved(one)["schema"] for one in operation.get("parameters", ()))
    assert {"500"} < set(operation["responses"])
    for status, response in operation["responses"].items():
        assert response["description"]
        assert {"X-Request-Id", "Server-Timing"} <= set(response["headers"])
        assert status in {"204", "304"} or response["content"]
    for body in bodies_of(operation):
        assert body["schema"]
        assert "example" in body or body["examples"]


@pytest.mark.parametrize("place", OPERATIONS)
def test_examples_are_valid(place: str) -> None:
    for body in bodies_of(OPERATIONS[place]):
        for example in body.get("examples", {}).values():
            check(body["schema"], resolved(example)["value"])


@pytest.mark.parametrize("row", [row for row in ROUTES if row.scopes], ids=lambda row: row.path)
def test_what_a_row_of_the_table_says_is_in_the_document(row: Any) -> None:
    for method in set(row.methods) - {SOCKET}:
        operation = OPERATIONS[f"{method} {row.path}"]
        ticket = [{"ticket": []}] if row.ticket else []
        assert operation["security"] == [{"token": [scope]} for scope in row.scopes] + ticket
        assert {"401", "403"} <= set(operation["responses"])


def test_every_kind_of_problem_can_happen_somewhere() -> None:
    codes = {code for one in OPERATIONS.values() for code in codes_of(one["responses"])}
    assert codes | EVERYWHERE == set(PROBLEM_TYPES)


def test_no_schema_is_left_over() -> None:
    text = str(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert f"'#/components/schemas/{name}'" in text
