"""The canvas in the README of each service and library: what it owns, consumes, emits and asks for.

The rest of a README is written by hand; the canvas stands between two markers.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from events import EVENT_TOPICS, EVENT_TYPES, EVERY_WORKER, TOPICS

from orderstream.maps.markdown import code, table
from orderstream.maps.registries import (
    commands_of,
    emitters_of,
    event_services,
    folder_of,
    lifecycle_of,
    listeners_to,
    services,
)

BEGIN = "<!-- canvas: drawn from the code by `orderstream maps`; `make check` compares -->"
END = "<!-- end -->"
BETWEEN = re.compile(rf"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
MESSAGING_TABLES = {
    "inbox",
    "outbox",
    "commands",
    "dead_letters",
    "dead_letter_actions",
    "set_asides",
}


def draw(root: Path) -> dict[Path, str]:
    """Return each README of this checkout with its canvas as the code has it now, by path."""
    canvases = {root / "services" / name: _canvas_of_service(name) for name in services()}
    canvases |= {root / "libs" / name: _canvas_of_library(name) for name in _libraries()}
    return {
        folder / "README.md": _with_canvas(folder / "README.md", canvas)
        for folder, canvas in canvases.items()
        if folder.is_dir()
    }


def _with_canvas(path: Path, canvas: str) -> str:
    """Return the page with the canvas between its markers, or at its end where it has none."""
    page = path.read_text() if path.exists() else f"# {path.parent.name}\n"
    drawn = f"{BEGIN}\n{canvas}\n{END}"
    if BETWEEN.search(page) is None:
        return f"{page}\n## Canvas\n\n{drawn}\n"
    return BETWEEN.sub(lambda _: drawn, page, count=1)


def _canvas_of_service(service: str) -> str:
    rows = (
        ("owns", "<br>".join(_owned(service))),
        ("consumes", "<br>".join(_consumed(service))),
        ("emits", code(_emitted(service))),
        ("asks for", "<br>".join(_asked(service))),
    )
    return table(("canvas", service), rows)


def _owned(service: str) -> Iterator[str]:
    tables = _tables_of(service)
    if tables:
        yield f"tables {_listed(tables)}"
    for topic in TOPICS:
        if topic.written_by == service and topic in EVENT_TOPICS:
            yield f"topic `{topic.name}`"
    if service in event_services() and lifecycle_of(service) is not None:
        yield f"the [{service} lifecycle](../../docs/maps/lifecycles.md)"


def _tables_of(service: str) -> list[str]:
    """Return the service's own tables, without those that every service has from `messaging`."""
    folder = folder_of(service)
    if folder is None or not (folder / "models.py").exists():
        return []
    metadata = import_module(f"{service}.models").metadata
    return sorted(set(metadata.tables) - MESSAGING_TABLES)


def _consumed(service: str) -> Iterator[str]:
    for event in EVENT_TYPES:
        names = [name for name in listeners_to(event) if name.startswith(f"{service}.")]
        for name in names:
            yield f"`{event.__name__}` → `{name.removeprefix(f'{service}.')}`"


def _emitted(service: str) -> list[str]:
    return [
        event.__name__
        for event in EVENT_TYPES
        if event.topic.written_by != EVERY_WORKER
        and any(name.startswith(f"{service}.") for name in emitters_of(event))
    ]


def _asked(service: str) -> Iterator[str]:
    """Yield each command of the service with the answers that it may get."""
    commands = commands_of(service) if service in event_services() else None
    for command, answers in () if commands is None else commands.answers.items():
        yield f"`{command.kind()}` → {_listed(answer.__name__ for answer in answers)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _canvas_of_library(library: str) -> str:
    rows = (
        ("exports", _listed(_public_names(library))),
        ("stands on", ", ".join(sorted(_imports(library) & {*_libraries()}))),
        ("used by", ", ".join(_users_of(library))),
    )
    return table(("canvas", library), rows)


def _public_names(library: str) -> list[str]:
    return sorted(getattr(import_module(library), "__all__", ()), key=str.lower)


def _users_of(library: str) -> list[str]:
    everyone = (*_libraries(), *services())
    return [name for name in everyone if library in _imports(name)]


@cache
def _imports(package: str) -> frozenset[str]:
    """Return the top-level packages that a package of ours imports, without itself."""
    folder = folder_of(package)
    trees = [] if folder is None else [ast.parse(p.read_text()) for p in folder.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return frozenset(name.partition(".")[0] for name in found) - {package}


@cache
def _libraries() -> tuple[str, ...]:
    """Return the libraries that lie beside `events`."""
    events = folder_of("events")
    found = () if events is None else events.parents[2].glob("*/src/*/__init__.py")
    return tuple(sorted(path.parent.name for path in found))
