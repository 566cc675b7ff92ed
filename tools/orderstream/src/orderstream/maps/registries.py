"""What the services themselves say that they do: their handlers, lifecycles and commands."""

from functools import cache
from importlib import import_module
from typing import Any

from events import EVENT_TOPICS, EVENT_TYPES, EVERY_WORKER, Event
from messaging import Answer, Command, Commands, Handlers, Lifecycle

from orderstream.maps.sources import folder_of, read_by, said_by


@cache
def services() -> tuple[str, ...]:
    """Every service that a topic names and that exists, in the order in which topics name them."""
    named = [name for t in EVENT_TOPICS for name in (t.written_by, *t.followed_by, *t.read_by)]
    return tuple(name for name in dict.fromkeys(named) if folder_of(name) is not None)


@cache
def event_services() -> tuple[str, ...]:
    """The services that handle events."""
    return tuple(name for name in services() if _has(name, "handlers"))


def handlers_of(service: str) -> Handlers[Any]:
    """What the service does about what it is told."""
    found: Handlers[Any] = import_module(f"{service}.handlers").handlers
    return found


def lifecycle_of(service: str) -> Lifecycle[Any] | None:
    """The states of what the service keeps about an order; None where it keeps none."""
    if not _has(service, "lifecycle"):
        return None
    found: Lifecycle[Any] = import_module(f"{service}.lifecycle").LIFECYCLE
    return found


def commands_of(service: str) -> Commands[Any] | None:
    """What the service asks of the outside world; None where it asks nothing."""
    if not _has(service, "commands"):
        return None
    found: Commands[Any] = import_module(f"{service}.commands").commands
    return found


def answers_of() -> dict[type[Command], tuple[type[Answer], ...]]:
    """Every command of every service, with what it may be answered."""
    all_commands = (commands_of(service) for service in event_services())
    return {
        command: answers
        for commands in all_commands
        if commands is not None
        for command, answers in commands.answers.items()
    }


def emitters_of(event: type[Event]) -> list[str]:
    """Who says an event: `payment.note_approval`, or the module where there is no handler."""
    if event.topic.written_by == EVERY_WORKER:
        return [f"messaging, in {EVERY_WORKER}"]
    by_handlers = [
        f"{service}.{row.handler.__name__}"
        for service in event_services()
        for row in handlers_of(service).registrations
        if event in row.emits
    ]
    by_source = [
        f"{service}.{said_by(service)[event]}"
        for service in services()
        if event in said_by(service)
    ]
    outside_handlers = [name for name in by_source if not name.endswith(".handlers")]
    return list(dict.fromkeys(by_handlers + outside_handlers))


def listeners_to(event: type[Event]) -> list[str]:
    """Who hears an event: `inventory.reserve_stock`, or the module that reads its topic."""
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
    """The events that a topic carries."""
    return [event for event in EVENT_TYPES if event.topic.name == topic_name]


def _has(service: str, module: str) -> bool:
    folder = folder_of(service)
    return folder is not None and (folder / f"{module}.py").exists()
