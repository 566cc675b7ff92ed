"""What the services have registered: handlers, lifecycles, commands; and what only their source shows.

The gateway answers HTTP requests and has no handlers; inventory lists its products from a command.
Both create an event where they emit it, so the module that calls an event's class is its emitter.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from events import EVENT_TOPICS, EVENT_TYPES, EVERY_WORKER, Event, Topic, topics
from messaging import Answer, Command, Commands, Handlers, Lifecycle

EVENTS_BY_NAME = {event.__name__: event for event in EVENT_TYPES}
READER = "TopicReader"


@cache
def emitted_by(service: str) -> dict[type[Event], str]:
    """Return every event that the service's source creates, with the first module that does."""
    said: dict[type[Event], str] = {}
    for module, name, _ in _calls(service):
        if name in EVENTS_BY_NAME:
            said.setdefault(EVENTS_BY_NAME[name], module)
    return said


@cache
def read_by(service: str) -> dict[Topic, str]:
    """Return every topic that the service reads without a group, with the module that does."""
    read: dict[Topic, str] = {}
    for module, name, arguments in _calls(service):
        if name == READER:
            for argument in arguments:
                topic = getattr(topics, ast.unparse(argument), None)
                if isinstance(topic, Topic):
                    read[topic] = module
    return read


def folder_of(package: str) -> Path | None:
    """Return the folder of a package's source; None where there is no such package."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


@cache
def calls_in(package: str) -> tuple[tuple[str, ast.Call], ...]:
    """Return each call in a package's source, with the module; none where there is no such package."""
    folder = folder_of(package)
    if folder is None:
        return ()
    return tuple(
        (_module_name(folder, path), node)
        for path in sorted(folder.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )


def _calls(service: str) -> Iterator[tuple[str, str, list[ast.expr]]]:
    """Return each call by a plain name in the service's source: module, name, arguments."""
    for module, call in calls_in(service):
        if isinstance(call.func, ast.Name):
            yield module, call.func.id, call.args


def _module_name(folder: Path, path: Path) -> str:
    return ".".join(path.relative_to(folder).with_suffix("").parts)


@cache
def services() -> tuple[str, ...]:
    """Return every existing service that a topic names, in the topics' order."""
    named = [name for t in EVENT_TOPICS for name in (t.written_by, *t.followed_by, *t.read_by)]
    return tuple(name for name in dict.fromkeys(named) if folder_of(name) is not None)


@cache
def event_services() -> tuple[str, ...]:
    """Return the services that handle events."""
    return tuple(name for name in services() if _has(name, "handlers"))


def handlers_of(service: str) -> Handlers[Any]:
    """Return the service's handlers."""
    found: Handlers[Any] = import_module(f"{service}.handlers").handlers
    return found


def lifecycle_of(service: str) -> Lifecycle[Any] | None:
    """Return the states of what the service keeps about an order; None where it keeps none."""
    if not _has(service, "lifecycle"):
        return None
    found: Lifecycle[Any] = import_module(f"{service}.lifecycle").LIFECYCLE
    return found


def commands_of(service: str) -> Commands[Any] | None:
    """Return the service's calls to the outside world; None where it has none."""
    if not _has(service, "commands"):
        return None
    found: Commands[Any] = import_module(f"{service}.commands").commands
    return found


def answers_of() -> dict[type[Command], tuple[type[Answer], ...]]:
    """Return every command of every service with its possible answers."""
    all_commands = (commands_of(service) for service in event_services())
    return {
        command: answers
        for commands in all_commands
        if commands is not None
        for command, answers in commands.answers.items()
    }


def emitters_of(event: type[Event]) -> list[str]:
    """Return an event's emitters, as `payment.record_authorization`, or the module if it is no handler."""
    if event.topic.written_by == EVERY_WORKER:
        return [f"messaging, in {EVERY_WORKER}"]
    by_handlers = [
        f"{service}.{row.handler.__name__}"
        for service in event_services()
        for row in handlers_of(service).registrations
        if event in row.emits
    ]
    by_source = [
        f"{service}.{emitted_by(service)[event]}"
        for service in services()
        if event in emitted_by(service)
    ]
    outside_handlers = [name for name in by_source if not name.endswith(".handlers")]
    return list(dict.fromkeys(by_handlers + outside_handlers))


def listeners_to(event: type[Event]) -> list[str]:
    """Return an event's consumers, as `inventory.reserve_stock`, or the module that reads its topic."""
    handling = [
        f"{service}.{row.handler.__name__}"
        for service in event_services()
        for row in handlers_of(service).registrations
        if row.fact_type is event
    ]
    reading = [
        f"{service}.{read_by(service)[event.topic]}"
        for service in services()
        if event.topic in read_by(service)
    ]
    return handling + reading


def events_of(topic_name: str) -> list[type[Event]]:
    """Return the events that a topic carries."""
    return [event for event in EVENT_TYPES if event.topic.name == topic_name]


def _has(service: str, module: str) -> bool:
    folder = folder_of(service)
    return folder is not None and (folder / f"{module}.py").exists()
