"""What is promised over HTTP, committed to the documentation: the OpenAPI document, and what is rejected.

`python -m gateway.snapshots` writes them, `--check` only compares. Neither accepts a change
that would break a client. Run it in a checkout of the repository.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from events.compatibility import Direction, check

from gateway.app import create_app
from gateway.openapi.document import Document
from gateway.openapi.problem_pages import problems_reference
from gateway.settings import GatewaySettings

FOLDER = Path("docs")
OPENAPI = "openapi.json"
PROBLEMS = "problems.md"
WRITE = "python -m gateway.snapshots"
WAY_OUT = (
    "Add beside what is there instead, or give it a new address (/v2/...). If no client can have"
    f" used it yet, delete docs/{OPENAPI} first."
)


def snapshots(document: Document) -> Mapping[Path, str]:
    """Return the text that each file should have."""
    return {
        Path(OPENAPI): json.dumps(document, indent=2) + "\n",
        Path(PROBLEMS): problems_reference(),
    }


def run(arguments: Sequence[str], folder: Path, document: Document) -> int:
    """Do what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(prog=WRITE, description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    only_check = parser.parse_args(arguments).check
    committed = folder / OPENAPI
    if committed.exists() and (found := broken(json.loads(committed.read_text()), document)):
        return _fail(*(f"refused: {one}" for one in found), WAY_OUT)
    files = snapshots(document)
    stale = {path for path, text in files.items() if _text(folder / path) != text}
    if only_check and stale:
        return _fail(*(f"stale: {path}" for path in sorted(stale)), f"Run {WRITE}.")
    for path in stale:
        (folder / path).write_text(files[path])
    return 0


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _fail(*lines: str) -> int:
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1


def _whole_document() -> Document:
    """Return the document of a gateway that has every operation; it is not started."""
    settings = GatewaySettings.model_construct(fault_plans=True)
    return create_app(settings).openapi()


REF = re.compile(r'"#/components/schemas/([^"]+)"')
REFUSES_OLD = {Direction.BACKWARD, Direction.BOTH}
SAYS_LESS = {Direction.FORWARD, Direction.BOTH}
ADDED = re.compile(r"now also allows|can now also be")
"""A new status of orders or a new reason is no break: clients are told to expect them."""


def broken(old: Document, new: Document) -> list[str]:
    """Return everything in `new` that breaks a client of `old`."""
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
    """Return the names of the parameters that a client has to send."""
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
    """Return the schemas that one part of any operation is made of."""
    schemas = document["components"]["schemas"]
    items = [one.get(part, {}) for item in document["paths"].values() for one in item.values()]
    found: set[str] = set()
    coming = set(REF.findall(json.dumps(items)))
    while coming:
        found |= coming
        text = json.dumps([schemas[name] for name in coming])
        coming = set(REF.findall(text)) - found
    return found


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], FOLDER, _whole_document()))
