"""The maps of commands with their answers, and of topics with their writers, consumers and retention."""

import inspect
from collections.abc import Iterator
from typing import Any

from events import CHANGELOGS, EVENT_TOPICS, TOPICS, Event, Topic
from events.topics import DAY_MS, MINUTE_MS
from messaging import Command, Commands

from orderstream.maps.markdown import code, first_sentence, mermaid, page, table
from orderstream.maps.registries import commands_of, event_services, events_of, handlers_of

ABOUT_COMMANDS = """A handler does no I/O. Its call to the outside world is a row, written with everything else that it decided. The
call is made after the commit, and repeated with the same idempotency key until there is an answer, which is handled like
an event. A final no ends it too: see [answers](../answers.md). An operator may then redrive it (`CommandRedriven`)."""
COMMAND_COLUMNS = (
    "on consuming",
    "handler",
    "asks for",
    "which means",
    "may be answered",
    "handled by",
)


def draw_commands() -> str:
    """Return the page of what is asked of the outside world."""
    parts = [ABOUT_COMMANDS]
    for service in event_services():
        commands = commands_of(service)
        if commands is not None:
            parts.append(f"## {service}")
            parts.append(mermaid("flowchart LR", _flow(service, commands)))
            parts.append(table(COMMAND_COLUMNS, _rows(service, commands)))
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


ABOUT_TOPICS = """Each topic has one writer, except for what every worker emits about its dead letters. A service that *follows* a topic
acts on it, as one consumer group with the service's name; one that *reads* it keeps a projection, each instance from all partitions."""
TOPIC_COLUMNS = (
    "topic",
    "written by",
    "events",
    "followed by",
    "read by",
    "key",
    "partitions",
    "keeps",
)
STATE = (
    """What a service writes to restore its own state after a restart. No other service reads it."""
)
DEAD = """Copies of what a service cannot handle, unchanged, with the reason in the headers. One topic per consumed topic and
service."""
PLAIN_COLUMNS = ("topic", "written by", "partitions", "keeps")


def draw_topics() -> str:
    """Return the page of all topics."""
    dead = [topic for topic in TOPICS if topic not in (*EVENT_TOPICS, *CHANGELOGS)]
    return page(
        "Topics",
        ABOUT_TOPICS,
        table(TOPIC_COLUMNS, (_row(topic) for topic in EVENT_TOPICS)),
        "## Changelogs",
        STATE,
        table(PLAIN_COLUMNS, (_plain_row(topic) for topic in CHANGELOGS)),
        "## Dead letters",
        DEAD,
        table(PLAIN_COLUMNS, (_plain_row(topic) for topic in dead)),
    )


def _row(topic: Topic) -> tuple[str, ...]:
    carried = events_of(topic.name)
    return (
        f"`{topic.name}`",
        topic.written_by,
        code(event.__name__ for event in carried),
        ", ".join(topic.followed_by),
        ", ".join(topic.read_by),
        ", ".join(dict.fromkeys(_key(event) for event in carried)),
        _partitions(topic),
        _keeps(topic),
    )


def _plain_row(topic: Topic) -> tuple[str, str, str, str]:
    return f"`{topic.name}`", topic.written_by, _partitions(topic), _keeps(topic)


def _key(event: type[Event]) -> str:
    """Return what the event's `key` says of itself: the order, the product."""
    return (inspect.getdoc(event.key) or "").rstrip(".").lower()


def _partitions(topic: Topic) -> str:
    return "as installed" if topic.partitions is None else str(topic.partitions)


def _keeps(topic: Topic) -> str:
    if topic.compacted:
        return "the latest of each key"
    if topic.retention_ms is None:
        return "as installed"
    if topic.retention_ms < DAY_MS:
        return f"{topic.retention_ms // MINUTE_MS} minutes"
    return f"{topic.retention_ms // DAY_MS} days"
