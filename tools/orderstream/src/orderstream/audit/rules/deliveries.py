"""Whoever has to act on an event has done so: nothing was acknowledged and then forgotten."""

from collections.abc import Iterator

from orderstream.audit.books import Books
from orderstream.audit.heard import listeners
from orderstream.audit.violation import Rule


def _counts(books: Books) -> dict[str, int]:
    expected = sum(len(listeners(event)) for event in books.events)
    handled = sum(len(inbox) for inbox in books.inboxes.values())
    return {"to be handled": expected, "in inboxes": handled}


def _find(books: Books) -> Iterator[tuple[str, str]]:
    for service, event in books.unheard:
        if books.was_acknowledged(service, event):
            place = f"{event.topic}/{event.partition}/{event.offset}"
            yield event.order_id, f"{service} acknowledged {event.type} at {place}, unhandled"
    said = {event.id for event in books.events} | {stray.id for stray in books.strays}
    said |= {letter.place.id for letter in books.dead_letters if letter.place}
    for service, inbox in books.inboxes.items():
        for event_id in inbox - said:
            yield event_id, f"{service} handled it, but it is on no topic"


RULE = Rule(
    "deliveries",
    "every event is in the inbox of everyone who acts on it",
    _counts,
    _find,
)
