"""What the services themselves say that they do: their handlers, lifecycles and commands."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from events import EVENT_TOPICS, Event
from messaging import Answer, Command, Commands, Handlers, Lifecycle


@cache
def services() -> tuple[str, ...]:
    """The event services, in the order in which topics first name them.

    A service that a topic names and that does not exist yet is left out.
    """
    named = [name for t in EVENT_TOPICS for name in (t.written_by, *t.followed_by)]
    return tuple(name for name in dict.fromkeys(named) if _has(name, "handlers"))


def handlers_of(service: str) -> Handlers[Any]:
    """What the service does about what it is told."""
    found: Handlers[Any] = import_module(f"{service}.handlers").handlers
    return found


def lifecycle_of(service: str) -> Lifecycle[Any]:
    """The states of what the service keeps about an order."""
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
    all_commands = (commands_of(service) for service in services())
    return {
        command: answers
        for commands in all_commands
        if commands is not None
        for command, answers in commands.answers.items()
    }


def emitted_by(service: str) -> tuple[type[Event], ...]:
    """The events that the service's handlers declare, each once, in the order of its file."""
    registrations = handlers_of(service).registrations
    return tuple(dict.fromkeys(event for row in registrations for event in row.emits))


def _has(service: str, module: str) -> bool:
    return find_spec(service) is not None and find_spec(f"{service}.{module}") is not None
