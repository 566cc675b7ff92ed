"""What can only be read in a service's source: events said outside of handlers, and readers.

The gateway answers HTTP requests and has no handlers; inventory lists its products from a command.
Both make an event where they say it, so whoever calls an event's class is who says it.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from events import EVENT_TYPES, Event, Topic, topics

EVENTS_BY_NAME = {event.__name__: event for event in EVENT_TYPES}
READER = "TopicReader"


def said_by(service: str) -> dict[type[Event], str]:
    """Every event that the service's source makes, with the module that makes it first."""
    said: dict[type[Event], str] = {}
    for module, tree in _modules(service):
        for call in _calls(tree):
            if isinstance(call.func, ast.Name) and call.func.id in EVENTS_BY_NAME:
                said.setdefault(EVENTS_BY_NAME[call.func.id], module)
    return said


def read_by(service: str) -> dict[Topic, str]:
    """Every topic that the service reads without a group, with the module that does."""
    read: dict[Topic, str] = {}
    for module, tree in _modules(service):
        for call in _calls(tree):
            if isinstance(call.func, ast.Name) and call.func.id == READER:
                for argument in call.args:
                    topic = getattr(topics, ast.unparse(argument), None)
                    if isinstance(topic, Topic):
                        read[topic] = module
    return read


def folder_of(package: str) -> Path | None:
    """Where a package's source lies; None where there is no such package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


@cache
def _modules(service: str) -> tuple[tuple[str, ast.Module], ...]:
    folder = folder_of(service)
    if folder is None:
        return ()
    found = sorted(folder.rglob("*.py"))
    return tuple((_module_name(folder, path), ast.parse(path.read_text())) for path in found)


def _module_name(folder: Path, path: Path) -> str:
    return ".".join(path.relative_to(folder).with_suffix("").parts)
