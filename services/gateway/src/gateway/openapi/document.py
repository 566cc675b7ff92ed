"""The OpenAPI document: what FastAPI finds out, what the endpoints promise, what the route table adds."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.openapi.examples import EXAMPLES
from gateway.openapi.headers import ALWAYS, HEADERS, LIMITED, header
from gateway.openapi.metadata import SECURITY, SECURITY_SCHEMES, TICKET
from gateway.openapi.operation import BODIES, codes_of, refusals
from gateway.openapi.parameters import PARAMETERS
from gateway.problems.problem import PROBLEM_TYPES, Problem, example_of
from gateway.routes import ROUTES, Route

Document = dict[str, Any]
AUTH = (
    "authorization_repeated",
    "token_missing",
    "token_invalid",
    "insufficient_scope",
    "token_too_large",
    "keys_unavailable",
)
BODY = ("invalid_json", "body_too_large", "unsupported_media_type")
UNAVAILABLE: Mapping[str, tuple[str, ...]] = {
    "order-api": ("order_service_unavailable", "upstream_invalid", "upstream_timeout"),
    "inventory-api": ("inventory_service_unavailable", "upstream_invalid", "upstream_timeout"),
    "notifier-api": ("notifier_service_unavailable", "upstream_invalid", "upstream_timeout"),
    "inventory-grpc": ("inventory_service_unavailable", "upstream_invalid", "upstream_timeout"),
}
"""The problems while an upstream cannot answer."""
FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
SUCCESS = ("2", "3")


def complete(app: FastAPI) -> None:
    """Complete an application's OpenAPI document with all that is promised."""
    generate = app.openapi

    def completed() -> Document:
        if app.openapi_schema is None:
            document = generate()
            for path, method, operation in operations(document):
                _complete(operation, _row(path, method))
            for item in document.get("webhooks", {}).values():
                item["post"]["responses"].pop("422")  # the receiver validates by itself
            _add_components(document)
        return app.openapi_schema or {}

    app.openapi = completed  # type: ignore[method-assign]  # FastAPI's documented way


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield every operation of a document with its path and method."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method.upper(), operation


def _row(path: str, method: str) -> Route:
    return next(row for row in ROUTES if row.path == path and method in row.methods)


def _complete(operation: Document, row: Route) -> None:
    """Add what follows from the row, the parameters and the body."""
    responses = operation["responses"]
    if "HTTPValidationError" in json.dumps(responses.get("422", {})):
        del responses["422"]
    codes = [*_by_row(row), *_by_input(operation), *codes_of(responses), "internal_error"]
    told = {str(status): refusal for status, refusal in refusals(*codes).items()}
    operation["responses"] = dict(sorted({**responses, **told}.items()))
    for status, response in responses.items():
        names = [*ALWAYS]
        if row.cache and status.startswith(SUCCESS):
            names.append("Cache-Control")
        response["headers"] = {name: header(name) for name in names} | response.get("headers", {})
    if row.limit:
        for response in operation["responses"].values():
            response["headers"].update({name: header(name) for name in LIMITED})
    if row.scopes:
        operation["security"] = [{SECURITY: [scope]} for scope in row.scopes]
    if row.ticket:
        operation["security"].append({TICKET: []})


def _by_row(row: Route) -> Iterator[str]:
    if row.scopes:
        yield from AUTH
    if row.limit:
        yield "rate_limited"
    if row.knows_its_parameters:
        yield "invalid_query"
    yield from UNAVAILABLE.get(row.upstream, ())


def _by_input(operation: Document) -> Iterator[str]:
    places = {parameter.get("in") for parameter in operation.get("parameters", ())}
    if places & {"path", "query"}:
        yield "card_number_refused"
    if "requestBody" in operation:
        yield from BODY


def _add_components(document: Document) -> None:
    """Add the components that are referred to."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in FASTAPIS_OWN:
        schemas.pop(name, None)
    paths = json.dumps(document["paths"])
    bodies: list[type[BaseModel]] = [*BODIES.values(), Problem]
    _, own = models_json_schema(
        [(model, "validation") for model in bodies if f'/{model.__name__}"' in paths],
        ref_template="#/components/schemas/{model}",
    )
    schemas.update(own["$defs"])
    components["securitySchemes"] = dict(SECURITY_SCHEMES)
    examples = {**EXAMPLES, **{code: example_of(code) for code in PROBLEM_TYPES}}
    told = {
        "examples": {name: {"value": value} for name, value in examples.items()},
        "headers": HEADERS,
        "parameters": PARAMETERS,
    }
    for kind, parts in told.items():
        components[kind] = {
            name: part for name, part in parts.items() if f'"#/components/{kind}/{name}"' in paths
        }
