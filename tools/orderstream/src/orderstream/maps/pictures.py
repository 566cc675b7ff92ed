"""The maps that are diagrams: the choreography, the lifecycles, and the sequence of one order that goes well."""

from collections.abc import Iterator
from typing import Any

from events import (
    EVENT_TOPICS,
    EVENT_TYPES,
    Event,
    OrderPlaced,
    OrderStatusChanged,
    PaymentAuthorized,
    PaymentCaptured,
    ShippingInitiated,
    StockCommitted,
    StockReserved,
)
from messaging import Lifecycle

from orderstream.maps.markdown import code, first_sentence, mermaid, page, table
from orderstream.maps.registries import (
    emitters_of,
    event_services,
    events_of,
    handlers_of,
    lifecycle_of,
    listeners_to,
    services,
)

ABOUT_CHOREOGRAPHY = """No part of the system knows the whole way of an order: each service knows only the events that it consumes
and emits. This page is put together from their handlers."""
READING = """A box is a service, a rounded box a topic with the events that travel on it. A dotted line is a
reader that keeps a picture of its own and changes nothing."""


def draw_choreography() -> str:
    """Return the page of every event, and of what each service does."""
    return page(
        "The choreography",
        ABOUT_CHOREOGRAPHY,
        mermaid("flowchart LR", _flow()),
        READING,
        "## Every event",
        table(("event", "meaning", "emitted by", "consumed by"), _event_rows()),
        *_chapters(),
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
        emitters = code(emitters_of(event)) or "no service yet"
        yield f"`{event.__name__}`", first_sentence(event), emitters, code(listeners_to(event))


def _chapters() -> Iterator[str]:
    """Yield what each service does, handler by handler."""
    for service in event_services():
        yield f"## What {service} does"
        yield table(("consumes", "then", "emits", "asks for"), _handler_rows(service))


def _handler_rows(service: str) -> Iterator[tuple[str, str, str, str]]:
    for row in handlers_of(service).registrations:
        does = f"`{row.handler.__name__}`: {first_sentence(row.handler)}"
        emits = code(event.__name__ for event in row.emits)
        yield f"`{row.fact_type.__name__}`", does, emits, code(c.kind() for c in row.asks)


ABOUT_LIFECYCLES = """The states of what each service keeps about an order, and the only ways between them: any other change
raises `IllegalTransitionError`. Each diagram is its service's `lifecycle.py`. The first one has the states of the money."""


def draw_lifecycles() -> str:
    """Return the page of the states that each service keeps."""
    parts = [ABOUT_LIFECYCLES]
    for service in event_services():
        lifecycle = lifecycle_of(service)
        if lifecycle is None:
            continue
        title = (
            f"## {service}: the {lifecycle.noun}" if lifecycle.noun != service else f"## {service}"
        )
        parts += [title, mermaid("stateDiagram-v2", _diagram(lifecycle))]
    return page("Lifecycles", *parts)


def _diagram(lifecycle: Lifecycle[Any]) -> Iterator[str]:
    yield f"[*] --> {next(iter(lifecycle.transitions))}"
    for state, following in lifecycle.transitions.items():
        # A set has no order of its own: that of the file is everywhere the same.
        for after in lifecycle.transitions:
            if after in following:
                yield f"{state} --> {after}"
        if not following:
            yield f"{state} --> [*]"


# The one thing that the code does not say, as no part of it knows the whole way of an order.
STORY: tuple[type[Event], ...] = (
    OrderPlaced,
    PaymentAuthorized,
    StockReserved,
    ShippingInitiated,
    StockCommitted,
    PaymentCaptured,
)
ABOUT_SEQUENCE = """An order that is paid, reserved, shipped and completed. Each arrow is an event with its handlers; a note
is what a service asks the outside world for before it emits the next event. Arrows to the order service, which
consumes every event and derives the status, are summed up in the last lines."""
PEOPLE = (
    "actor customer",
    "participant gateway",
    "participant payment",
    "participant inventory",
    "participant shipping",
    "participant order",
    "participant notifier",
    "participant analytics",
)


def draw_sequence() -> str:
    """Return the page of one order that goes well."""
    return page("The sequence of one order", ABOUT_SEQUENCE, mermaid("sequenceDiagram", _steps()))


def _steps() -> Iterator[str]:
    yield from PEOPLE
    yield "customer->>gateway: POST /v1/orders"
    yield "gateway-->>customer: 202 Accepted"
    for event in STORY:
        for service, asked in _acting_on(event):
            yield f"{event.topic.written_by}->>{service}: {event.__name__}"
            if asked:
                yield f"note over {service}: {asked}"
    every = ", ".join(event.__name__ for event in STORY if "order" in _services_on(event))
    yield f"note over order: derives the status from<br>{every.replace(', ', '<br>')}"
    for service in _services_on(OrderStatusChanged):
        yield f"order->>{service}: OrderStatusChanged"
    yield "order->>gateway: OrderStatusChanged"
    yield "gateway-->>customer: live stream, long poll"
    yield "notifier-->>customer: mail, webhook"


def _acting_on(event: type[Event]) -> Iterator[tuple[str, str]]:
    """Yield each service but the order service that handles the event, and what it then asks for."""
    for service in event_services():
        rows = [row for row in handlers_of(service).registrations if row.fact_type is event]
        if rows and service != "order":
            yield service, ", ".join(command.kind() for row in rows for command in row.asks)


def _services_on(event: type[Event]) -> list[str]:
    return [
        service
        for service in event_services()
        if any(row.fact_type is event for row in handlers_of(service).registrations)
    ]
