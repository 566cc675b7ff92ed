"""The map of the choreography: which event goes from where to where, and who does what about it."""

from collections.abc import Iterator

from events import EVENT_TOPICS, EVENT_TYPES

from orderstream.maps.markdown import code, first_sentence, mermaid, page, table
from orderstream.maps.registries import (
    emitters_of,
    event_services,
    events_of,
    handlers_of,
    listeners_to,
    services,
)

ABOUT = """No part of the system knows the whole way of an order: each service knows only what it hears and what
it says about it. This page is put together from their handlers."""
READING = """A box is a service, a rounded box a topic with the events that travel on it. A dotted line is a
reader that keeps a picture of its own and changes nothing."""


def draw() -> str:
    """The page."""
    return page(
        "The choreography",
        ABOUT,
        mermaid("flowchart LR", _flow()),
        READING,
        "## Every event",
        table(("event", "what it says", "said by", "heard by"), _event_rows()),
        *_steps(),
    )


def _flow() -> Iterator[str]:
    for service in services():
        yield f"{service}[{service}]"
    for topic in EVENT_TOPICS:
        if topic.written_by not in services():
            continue
        node = topic.name.replace("-", "_")
        said = "<br>".join(event.__name__ for event in events_of(topic.name) if emitters_of(event))
        yield f'{node}("<b>{topic.name}</b><br>{said}")'
        yield f"{topic.written_by} --> {node}"
        yield from (f"{node} --> {service}" for service in topic.followed_by)
        yield from (f"{node} -.-> {service}" for service in topic.read_by if service in services())


def _event_rows() -> Iterator[tuple[str, str, str, str]]:
    for event in EVENT_TYPES:
        emitters = code(emitters_of(event)) or "nobody yet"
        yield f"`{event.__name__}`", first_sentence(event), emitters, code(listeners_to(event))


def _steps() -> Iterator[str]:
    """What each service does, handler by handler."""
    for service in event_services():
        yield f"## What {service} does"
        yield table(("hears", "then", "says", "asks for"), _handler_rows(service))


def _handler_rows(service: str) -> Iterator[tuple[str, str, str, str]]:
    for row in handlers_of(service).registrations:
        does = f"`{row.handler.__name__}`: {first_sentence(row.handler)}"
        emits = code(event.__name__ for event in row.emits)
        yield f"`{row.fact_type.__name__}`", does, emits, code(c.kind() for c in row.asks)
