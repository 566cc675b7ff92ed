"""The map of commands: where an event becomes a question to the outside world, and comes back."""

from collections.abc import Iterator
from typing import Any

from messaging import Command, Commands

from orderstream.maps.markdown import code, first_sentence, mermaid, page, table
from orderstream.maps.registries import commands_of, event_services, handlers_of

ABOUT = """A handler does no I/O. What it asks of the outside world is a row, written with everything else that the
handler decided; the call is made after the commit, again and again with the same idempotency key
until there is an answer, and the answer comes in by the same door as an event. A final no ends it too: see
[answers](../answers.md). Then people may have it asked once more (`CommandRedriven`)."""
COLUMNS = ("on hearing", "handler", "asks for", "which means", "may be answered", "handled by")


def draw() -> str:
    """The page."""
    parts = [ABOUT]
    for service in event_services():
        commands = commands_of(service)
        if commands is not None:
            parts.append(f"## {service}")
            parts.append(mermaid("flowchart LR", _flow(service, commands)))
            parts.append(table(COLUMNS, _rows(service, commands)))
    return page("From event to command and back", *parts)


def _flow(service: str, commands: Commands[Any]) -> Iterator[str]:
    for heard, _, command in _asking(service):
        yield f"{heard}([{heard}]) --> {command.kind()}"
    for command, answers in commands.answers.items():
        for answer in answers:
            yield f"{command.kind()} -. outside .-> {answer.__name__}"
            for event in _said_about(service, answer):
                yield f"{answer.__name__} --> {event}([{event}])"


def _rows(service: str, commands: Commands[Any]) -> Iterator[tuple[str, ...]]:
    for heard, handler, command in _asking(service):
        answers = commands.answers[command]
        handled = (_handler_of(service, answer) for answer in answers)
        yield (
            f"`{heard}`",
            f"`{handler}`",
            f"`{command.kind()}`",
            first_sentence(command),
            code(answer.__name__ for answer in answers),
            code(handled),
        )


def _asking(service: str) -> Iterator[tuple[str, str, type[Command]]]:
    for row in handlers_of(service).registrations:
        for command in row.asks:
            yield row.fact_type.__name__, row.handler.__name__, command


def _handler_of(service: str, answer: type) -> str:
    rows = handlers_of(service).registrations
    return next(row.handler.__name__ for row in rows if row.fact_type is answer)


def _said_about(service: str, answer: type) -> list[str]:
    rows = handlers_of(service).registrations
    return [event.__name__ for row in rows if row.fact_type is answer for event in row.emits]
