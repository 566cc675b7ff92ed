"""Every order ends, once, in time, and leaves nothing undone behind; nothing of it waits without end."""

from collections.abc import Iterator

from audit.books import Books, Rule
from audit.records import Order
from audit.waiting import FINAL, GRACE


def _counts(books: Books) -> dict[str, int]:
    counts = dict(books.statuses)
    counts["in flight"] = len(books.in_flight)
    counts["held by plan"] = len(books.held)
    counts["pending"] = len(books.pending)
    counts["dead letters"] = len(books.dead_letters)
    counts["open dead letters"] = sum(letter.is_open for letter in books.dead_letters)
    return counts


def _find(books: Books) -> Iterator[tuple[str, str]]:
    for order in books.settled:
        wrong = _wrong(order, books)
        if wrong:
            yield order.order_id, wrong
    for letter in books.dead_letters:
        if not letter.is_open or letter.holds_by_plan:
            continue
        finding = f"{letter.service} could not handle {letter.origin}: {letter.error}"
        yield letter.order_id or letter.origin, finding


def _wrong(order: Order, books: Books) -> str | None:
    if order.status is None or order.placed_at is None:
        return "facts about it were consumed, but it was never placed"
    if order.status not in FINAL:
        age = books.taken_at - order.placed_at
        return f"is {order.status} forever: {age.total_seconds():.0f} s old, nothing left to do"
    if order.final_at is None:
        return f"is {order.status} without a time at which it ended"
    taken = order.final_at - order.placed_at
    if taken > books.deadline + GRACE and order.order_id not in books.waited_for_people:
        limit = f"{books.deadline.total_seconds():.0f} s and {GRACE.total_seconds():.0f} s to stop"
        return f"ended {taken.total_seconds():.0f} s after it was placed, with {limit}"
    return None


RULE = Rule(
    "endings",
    "every order ends once, within its deadline, with nothing left to do and no open dead letter",
    _counts,
    _find,
)


def _count_waiting(books: Books) -> dict[str, int]:
    return {
        "orders": len(books.orders),
        "waiting": len(books.waits),
        "rows undone": len(books.pending),
        "deliveries unhandled": len(books.unhandled),
    }


def _find_stuck(books: Books) -> Iterator[tuple[str, str]]:
    yield from books.stuck.items()


STUCK = Rule(
    "stuck",
    "no order waits beyond its deadline, and nothing that is to be published, consumed or called for too long",
    _count_waiting,
    _find_stuck,
)
