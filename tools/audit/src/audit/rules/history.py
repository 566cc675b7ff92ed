"""The statuses of each order, as kept, published and shown, are the same, in an allowed sequence."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from events import OrderStatus

from audit.books import Books, Rule
from audit.records import StatusChange
from audit.waiting import FINAL

# Stated here once more because a check of the order service must not ask it. Topics are consumed in
# any order, so statuses may be skipped: right after the first one, as many as facts came before the
# order itself; later only one whose fact is consumed late. None is taken back but a cancellation
# that came too late.
# Any open order may be held by something that could not be handled, and goes on from there.
_ONWARD: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.ACCEPTED: frozenset(
        {
            OrderStatus.AUTHORIZED,
            OrderStatus.RESERVED,
            OrderStatus.SHIPPED,
            OrderStatus.PAYMENT_REVIEW,
            OrderStatus.COMPLETED,
            OrderStatus.CANCELLING,
            OrderStatus.CANCELLED,
        }
    ),
    OrderStatus.AUTHORIZED: frozenset(
        {OrderStatus.RESERVED, OrderStatus.SHIPPED, OrderStatus.CANCELLING}
    ),
    OrderStatus.RESERVED: frozenset(
        {
            OrderStatus.SHIPPED,
            OrderStatus.PAYMENT_REVIEW,
            OrderStatus.COMPLETED,
            OrderStatus.CANCELLING,
        }
    ),
    OrderStatus.CANCELLING: frozenset(
        {
            OrderStatus.SHIPPED,
            OrderStatus.PAYMENT_REVIEW,
            OrderStatus.COMPLETED,
            OrderStatus.CANCELLED,
        }
    ),
    OrderStatus.SHIPPED: frozenset({OrderStatus.PAYMENT_REVIEW, OrderStatus.COMPLETED}),
    OrderStatus.PAYMENT_REVIEW: frozenset({OrderStatus.COMPLETED}),
}
ALLOWED: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    **{status: onward | {OrderStatus.HELD} for status, onward in _ONWARD.items()},
    OrderStatus.HELD: frozenset({*_ONWARD, OrderStatus.COMPLETED, OrderStatus.CANCELLED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
_BY_NAME = {str(status): following for status, following in ALLOWED.items()}
Steps = dict[str, list[StatusChange]]


def _counts(books: Books) -> dict[str, int]:
    return {"steps": len(books.history), "told": len(books.status_changes)}


def _find(books: Books) -> Iterator[tuple[str, str]]:
    kept, told = _by_order(books.history), _by_order(books.status_changes)
    for order in books.orders:
        steps = kept.get(order.order_id, [])
        for wrong in _wrong_way(steps, order.status):
            yield order.order_id, wrong
    for order_id in kept.keys() | told.keys():
        if books.is_settled(order_id):
            shown = told.get(order_id, [])
            for wrong in _differences(kept.get(order_id, []), shown):
                yield order_id, wrong


def _by_order(changes: Sequence[StatusChange]) -> Steps:
    steps: defaultdict[str, list[StatusChange]] = defaultdict(list)
    for change in sorted(changes, key=lambda change: change.sequence):
        steps[change.order_id].append(change)
    return steps


def _wrong_way(steps: Sequence[StatusChange], status: str | None) -> Iterator[str]:
    way = [step.status for step in steps]
    if way and way[0] != OrderStatus.ACCEPTED:
        yield f"its history begins with {way[0]}"
    if (way[-1] if way else None) != status:
        yield f"is {status}, its history ends with {way[-1] if way else 'nothing'}"
    for before, after in pairwise(way):
        if after not in _BY_NAME.get(before, ()):
            yield f"went from {before} to {after}"
    ends = [step for step in way if step in FINAL]
    if len(ends) > 1:
        yield f"ended {len(ends)} times: {', '.join(ends)}"


def _differences(kept: Sequence[StatusChange], told: Sequence[StatusChange]) -> Iterator[str]:
    ours = [(step.sequence, step.status) for step in kept]
    theirs = [(step.sequence, step.status) for step in told]
    if ours != theirs:
        yield f"its history is {_shown(kept)}, the topic says {_shown(told)}"
        return
    before = [None, *(step.status for step in told)]
    for step, previous in zip(told, before, strict=False):
        if step.previous != previous:
            yield f"{step.status} was told to come after {step.previous}, not {previous}"


def _shown(steps: Sequence[StatusChange]) -> str:
    return " → ".join(f"{step.sequence} {step.status}" for step in steps) or "empty"


RULE = Rule(
    "history",
    "the history uses allowed steps only, and is what was told on the topic",
    _counts,
    _find,
)
