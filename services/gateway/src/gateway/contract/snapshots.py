"""What is promised over HTTP, committed to the documentation: the OpenAPI document, a page a problem.

`python -m gateway.contract.snapshots` writes them, `--check` only compares. Neither accepts a change
that would break a client. Run it in a checkout of the repository.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.app import create_app
from gateway.contract.compatibility import broken
from gateway.contract.document import Document
from gateway.contract.pages import problem_pages
from gateway.settings import GatewaySettings

FOLDER = Path("docs")
OPENAPI = "openapi.json"
WRITE = "python -m gateway.contract.snapshots"
WAY_OUT = (
    "Add beside what is there instead, or give it a new address (/v2/...). If no client can have"
    f" used it yet, delete docs/{OPENAPI} first."
)


def snapshots(document: Document) -> Mapping[Path, str]:
    """Every file with what should be in it."""
    pages = {Path("problems", name): text for name, text in problem_pages().items()}
    return {Path(OPENAPI): json.dumps(document, indent=2) + "\n", **pages}


def run(arguments: Sequence[str], folder: Path, document: Document) -> int:
    """Do what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(prog=WRITE, description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    only_check = parser.parse_args(arguments).check
    committed = folder / OPENAPI
    if committed.exists() and (found := broken(json.loads(committed.read_text()), document)):
        return _fail(*(f"refused: {one}" for one in found), WAY_OUT)
    files = snapshots(document)
    gone = {path.relative_to(folder) for path in folder.glob("problems/*.md")} - files.keys()
    stale = {path for path, text in files.items() if _text(folder / path) != text} | gone
    if only_check and stale:
        return _fail(*(f"stale: {path}" for path in sorted(stale)), f"Run {WRITE}.")
    for path in stale - gone:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(files[path])
    for path in gone & stale:
        (folder / path).unlink()
    return 0


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _fail(*lines: str) -> int:
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1


def _whole_document() -> Document:
    """The document of a gateway that has every operation; it is not started."""
    settings = GatewaySettings.model_construct(fault_plans=True)
    return create_app(settings).openapi()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], FOLDER, _whole_document()))
