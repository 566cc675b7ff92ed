"""What each service emitted is there without a gap or a repeat, and everybody who acts on it did."""

from collections import defaultdict
from collections.abc import Iterator

from events import DEAD_LETTERS

from audit.books import Books, Rule
from audit.listeners import acting_on, listeners
from audit.records import Fault


def _counts(books: Books) -> dict[str, int]:
    counts = {"events": len(books.events), "repeats": books.repeats}
    if books.strays:
        counts["no events"] = len(books.strays)
    return counts | {f"of unknown type {name}": n for name, n in sorted(books.unknown.items())}


def _find(books: Books) -> Iterator[tuple[str, str]]:
    yield from _strays(books)
    yield from _numbering(books)
    yield from _causes(books)


def _strays(books: Books) -> Iterator[tuple[str, str]]:
    """Records that are no events, and that somebody who acts on their topic has not set aside."""
    set_aside = {(letter.service, letter.place) for letter in books.dead_letters}
    for stray in books.strays:
        fault = books.faults.get(stray, Fault())
        acting = acting_on(stray.topic, fault.type)
        missing = [name for name in acting if (name, stray) not in set_aside]
        if missing:
            why = f" ({fault.reason})" if fault.reason else ""
            found = f"is no event{why}, not set aside by {', '.join(missing)}"
            yield f"{stray.topic}/{stray.partition}/{stray.offset}", found


def _numbering(books: Books) -> Iterator[tuple[str, str]]:
    found: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for event in books.events:
        if event.topic == DEAD_LETTERS.name:
            continue  # each of these stands alone
        found[event.topic, event.source, event.order_id].append(event.sequence)
    unpublished = {(left.what, left.service, left.order_id) for left in books.pending}
    versions = _versions(books)
    for place in found.keys() | versions.keys():
        if place in unpublished:
            continue  # what is missing is still to be published
        numbers = sorted(found.get(place, ()))
        last = max([versions.get(place, 0), *numbers])
        if len(numbers) != last or numbers != list(range(1, last + 1)):
            topic, source, order_id = place
            yield order_id, f"{source} emitted {numbers} of 1 to {last} on {topic}"


def _versions(books: Books) -> dict[tuple[str, str, str], int]:
    """Return how much each service has emitted about each order on its topic, by its own table."""
    counted = (
        ("order-status-changed", "order", books.orders),
        ("payment-processed", "payment", books.payments),
        ("inventory-updated", "inventory", books.reservations),
        ("shipping-initiated", "shipping", books.shipments),
        ("customer-notified", "notifier", books.notifications),
    )
    return {
        (topic, source, row.order_id): row.version
        for topic, source, rows in counted
        for row in rows
        if row.version
    }


def _causes(books: Books) -> Iterator[tuple[str, str]]:
    known = {event.id for event in books.events}
    for event in books.events:
        cause = event.causation_id
        if cause is not None and cause not in known and books.is_settled(event.order_id):
            yield event.order_id, f"{event.type} follows from {cause}, which no service emitted"


RULE = Rule(
    "sequences",
    "per order and topic, each producer's sequence has no gap and no repeat; every cause exists",
    _counts,
    _find,
)


def _count_deliveries(books: Books) -> dict[str, int]:
    expected = sum(len(listeners(event)) for event in books.events)
    handled = sum(len(inbox) for inbox in books.inboxes.values())
    return {"to be handled": expected, "in inboxes": handled}


def _find_forgotten(books: Books) -> Iterator[tuple[str, str]]:
    for service, event in books.unhandled:
        if books.was_acknowledged(service, event):
            place = f"{event.topic}/{event.partition}/{event.offset}"
            yield event.order_id, f"{service} acknowledged {event.type} at {place}, unhandled"
    said = {event.id for event in books.events} | {stray.id for stray in books.strays}
    said |= {letter.place.id for letter in books.dead_letters if letter.place}
    for service, inbox in books.inboxes.items():
        for event_id in inbox - said:
            yield event_id, f"{service} handled it, but it is on no topic"


DELIVERIES = Rule(
    "deliveries",
    "every event is in the inbox of everyone who acts on it",
    _count_deliveries,
    _find_forgotten,
)
