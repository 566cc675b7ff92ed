"""Whether clients that were written for an older OpenAPI document still understand the gateway.

What is answered may get new fields, but none may go or change; what is sent may have new optional
fields, but nothing that was accepted may be refused.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from events.compatibility import Direction, check

Document = dict[str, Any]
REF = re.compile(r'"#/components/schemas/([^"]+)"')
REFUSES_OLD = {Direction.BACKWARD, Direction.BOTH}
SAYS_LESS = {Direction.FORWARD, Direction.BOTH}
ADDED = re.compile(r"now also allows|can now also be")
"""A new status of orders or a new reason is no break: clients are told to expect them."""


def broken(old: Document, new: Document) -> list[str]:
    """Everything in `new` that breaks a client of `old`."""
    return list(dict.fromkeys([*_operations(old, new), *_schemas(old, new)]))


def _operations(old: Document, new: Document) -> Iterator[str]:
    for path, item in old["paths"].items():
        for method, had in item.items():
            place = f"{method.upper()} {path}"
            has = new["paths"].get(path, {}).get(method)
            if has is None:
                yield f"{place} is gone"
                continue
            if had["operationId"] != has["operationId"]:
                yield f"{place} has another operationId: generated clients lose it"
            for status in _successes(had) - _successes(has):
                yield f"{place} no longer answers {status}"
            for name in _needed(has, new) - _needed(had, old):
                yield f"{place} now needs {name}"


def _successes(operation: Document) -> set[str]:
    return {status for status in operation["responses"] if status < "4"}


def _needed(operation: Document, document: Document) -> set[str]:
    """The names of the parameters that a client has to send."""
    parameters = [
        document["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]]
        if "$ref" in one
        else one
        for one in operation.get("parameters", ())
    ]
    return {one["name"] for one in parameters if one.get("required") and one["in"] != "path"}


def _schemas(old: Document, new: Document) -> Iterator[str]:
    had, has = _definitions(old), _definitions(new)
    sent, answered = _reachable(old, "requestBody"), _reachable(old, "responses")
    for name in sorted(had.keys() & has.keys()):
        found = check({**had[name], "$defs": had}, {**has[name], "$defs": has})
        for one in found:
            if one.pointer.startswith("/$defs/"):
                continue  # that schema has its own turn
            refuses = name in sent and one.direction in REFUSES_OLD
            says_less = name in answered and one.direction in SAYS_LESS
            if refuses or (says_less and not ADDED.match(one.change)):
                yield f"{name}{one.pointer}: {one.change}"


def _definitions(document: Document) -> dict[str, Any]:
    text = json.dumps(document["components"]["schemas"])
    definitions: dict[str, Any] = json.loads(REF.sub(r'"#/$defs/\1"', text))
    return definitions


def _reachable(document: Document, part: str) -> set[str]:
    """The schemas that one part of any operation is made of."""
    schemas = document["components"]["schemas"]
    items = [one.get(part, {}) for item in document["paths"].values() for one in item.values()]
    found: set[str] = set()
    coming = set(REF.findall(json.dumps(items)))
    while coming:
        found |= coming
        text = json.dumps([schemas[name] for name in coming])
        coming = set(REF.findall(text)) - found
    return found
