"""What can only be read in a service's source: events said outside of handlers, and readers.

The gateway answers HTTP requests and has no handlers; inventory lists its products from a command.
Both make an event where they say it, so whoever calls an event's class is who says it.
"""

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from events import EVENT_TYPES, Event, Topic, topics

EVENTS_BY_NAME = {event.__name__: event for event in EVENT_TYPES}
READER = "TopicReader"


def said_by(service: str) -> dict[type[Event], str]:
    """Every event that the service's source makes, with the module that makes it first."""
    said: dict[type[Event], str] = {}
    for module, name, _ in _calls(service):
        if name in EVENTS_BY_NAME:
            said.setdefault(EVENTS_BY_NAME[name], module)
    return said


def read_by(service: str) -> dict[Topic, str]:
    """Every topic that the service reads without a group, with the module that does."""
    read: dict[Topic, str] = {}
    for module, name, arguments in _calls(service):
        if name == READER:
            for argument in arguments:
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


@cache
def _calls(service: str) -> tuple[tuple[str, str, list[ast.expr]], ...]:
    """Each call by a plain name in the service's source: the module, the name, the arguments."""
    folder = folder_of(service)
    if folder is None:
        return ()
    return tuple(
        (_module_name(folder, path), node.func.id, node.args)
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )


def _module_name(folder: Path, path: Path) -> str:
    return ".".join(path.relative_to(folder).with_suffix("").parts)
