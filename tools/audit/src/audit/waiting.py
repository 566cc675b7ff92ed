"""What orders wait for, since when, and whether that is longer than anything may take.

An order that waits is on its way and cannot be judged yet. One that waits for too long is not on its
way any more: it is stuck, and that is a breach of the promise like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from audit.records import Event, Pending

if TYPE_CHECKING:
    from audit.books import Books

FINAL = ("completed", "cancelled")
GRACE = timedelta(seconds=60)
"""Once it is called overdue, an order takes this long at most to be stopped everywhere."""
PASSED_ON_WITHIN = timedelta(minutes=2)
"""What is in an outbox is on its topic by then, and what is on a topic is handled: it takes moments,
and seconds after a process was killed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What one order waits for, in words; it is stuck if the wait is longer than it may be."""

    order_id: str
    told: str
    is_stuck: bool = False


def waits_of(books: "Books") -> Iterator[Wait]:
    """Yield what each order waits for, one wait an order: what it is stuck with comes before the rest."""
    found: dict[str, Wait] = {}
    for wait in (*_to_end(books), *_to_be_handled(books), *_to_be_done(books)):
        known = found.get(wait.order_id)
        if known is None or wait.is_stuck or not known.is_stuck:
            found[wait.order_id] = wait
    late = dict(_beyond_deadline(books))
    for order_id, wait in found.items():
        if order_id in late:
            yield Wait(order_id, f"{late[order_id]}: {wait.told}", is_stuck=True)
        else:
            yield wait


def _to_end(books: "Books") -> Iterator[Wait]:
    """Orders that have not ended and whose time is not up."""
    for order_id, status, age in _open(books):
        if age <= books.deadline + GRACE:
            yield Wait(order_id, f"{status} after {_seconds(age)}")


def _to_be_handled(books: "Books") -> Iterator[Wait]:
    for service, event in books.unhandled:
        if not books.was_acknowledged(service, event):
            age = books.taken_at - _said_at(event)
            told = f"waits for {service} to consume {event.type}"
            yield _wait(event.order_id, told, age, PASSED_ON_WITHIN)


def _to_be_done(books: "Books") -> Iterator[Wait]:
    for left in books.pending:
        age = books.taken_at - (left.since or books.taken_at)
        limit = books.deadline + GRACE if left.is_command else PASSED_ON_WITHIN
        yield _wait(left.order_id, _what_is_left(left), age, limit)


def _what_is_left(left: Pending) -> str:
    tries = f", tried {left.attempts} times: {left.last_error}" if left.attempts else ""
    return f"waits for {left.service}: {left.what}{tries}"


def _wait(order_id: str, told: str, age: timedelta, limit: timedelta) -> Wait:
    if age <= limit:
        return Wait(order_id, told)
    return Wait(order_id, f"{told}, for {_seconds(age)}", is_stuck=True)


def _beyond_deadline(books: "Books") -> Iterator[tuple[str, str]]:
    """Orders beyond their deadline, but for those on which an operator has to act."""
    for order_id, status, age in _open(books):
        beyond = age - books.deadline
        if beyond > GRACE and order_id not in books.waited_for_people:
            yield order_id, f"{status} {_seconds(beyond)} after its deadline"


def _open(books: "Books") -> Iterator[tuple[str, str, timedelta]]:
    """Orders that have not ended, with status and age, but for those that a fault plan holds."""
    for order in books.orders:
        if order.status is None or order.placed_at is None:
            continue
        if order.status not in FINAL and order.order_id not in books.held:
            yield order.order_id, order.status, books.taken_at - order.placed_at


def _said_at(event: Event) -> datetime:
    return datetime.fromtimestamp(event.at_ms / 1000, UTC)


def _seconds(age: timedelta) -> str:
    return f"{age.total_seconds():.0f} s"
