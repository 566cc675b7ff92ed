"""What the gateway accepted is what the order service has, and what clients were told: none lost, none invented."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from client import LedgerEntry

from audit.books import Books, Rule

KEYS_KEPT = timedelta(hours=24)
"""The gateway forgets idempotency keys after this time."""


def _counts(books: Books) -> dict[str, int]:
    return {
        "accepted": len(books.accepted),
        "keys": len(books.keys),
        "orders": len(books.orders),
        "placed": sum(1 for kind, _ in books.events_of if kind == "OrderPlaced"),
    }


def _find(books: Books) -> Iterator[tuple[str, str]]:
    yield from _accepted_but_not_placed(books)
    yield from _never_accepted(books)
    yield from _keys(books)


def _accepted_but_not_placed(books: Books) -> Iterator[tuple[str, str]]:
    for accepted in books.accepted:
        order_id = accepted.order_id
        if not books.is_settled(order_id):
            continue
        events = len(books.events_of.get(("OrderPlaced", order_id), ()))
        if events != 1:
            yield order_id, f"accepted once, OrderPlaced is on its topic {events} times"
        order = books.order.get(order_id)
        if order is None or order.status is None:
            yield order_id, "accepted, but the order service never consumed OrderPlaced"
        elif order.total != accepted.total:
            yield order_id, f"accepted over {accepted.total}, became an order over {order.total}"


def _never_accepted(books: Books) -> Iterator[tuple[str, str]]:
    accepted = {one.order_id for one in books.accepted}
    for order_id in books.order.keys() - accepted:
        yield order_id, "the order service has it, the gateway never accepted it"
    for kind, order_id in books.events_of:
        unknown = order_id not in accepted and books.is_settled(order_id)
        if kind == "OrderPlaced" and unknown:
            yield order_id, "OrderPlaced is on its topic, the gateway never accepted it"


def _keys(books: Books) -> Iterator[tuple[str, str]]:
    accepted = {one.order_id for one in books.accepted}
    orders_of = defaultdict(set)
    for use in books.keys:
        orders_of[use.customer_id, use.key].add(use.order_id)
        if use.order_id not in accepted:
            yield use.order_id, f"stands under the key {use.key}, but was never accepted"
    for (_, key), order_ids in orders_of.items():
        if len(order_ids) > 1:
            yield ", ".join(sorted(order_ids)), f"{len(order_ids)} orders for the one key {key}"
    uses = Counter(use.order_id for use in books.keys)
    for one in books.accepted:
        if uses[one.order_id] > 1:
            yield one.order_id, f"stands under {uses[one.order_id]} keys"
        elif not uses[one.order_id] and books.taken_at - one.placed_at < KEYS_KEPT:
            yield one.order_id, "was accepted under no idempotency key"


RULE = Rule(
    "acceptance",
    "every accepted order is one order, and one idempotency key is one order",
    _counts,
    _find,
)


def _count_answers(books: Books) -> dict[str, int]:
    return dict(Counter(entry.outcome for entry in books.ledger or ()))


def _find_untrue(books: Books) -> Iterator[tuple[str, str]]:
    accepted = {one.order_id for one in books.accepted}
    orders_of = defaultdict(set)
    for use in books.keys:
        orders_of[use.key].add(use.order_id)
    for entry in books.ledger or ():
        found = orders_of[entry.idempotency_key]
        wrong = _wrong(entry, found, accepted)
        if wrong:
            yield (
                entry.order_id or ", ".join(sorted(found)),
                f"key {entry.idempotency_key}: {wrong}",
            )


def _wrong(entry: LedgerEntry, found: set[str], accepted: set[str]) -> str | None:
    if len(found) > 1:
        return f"{len(found)} orders stand under it"
    match entry.outcome:
        case "ok" if entry.order_id not in accepted:
            return "its client was told that the order is accepted, but it is not there"
        case "ok" if found and entry.order_id not in found:
            return f"its client was told of another order than {', '.join(found)}"
        case "failed" if found:
            return "its client was refused, but the order is there"
        case _:
            return None


CLIENTS = Rule(
    "clients",
    "what clients were told is true; a request without an answer is one order or none",
    _count_answers,
    _find_untrue,
    applies=lambda books: books.ledger is not None,
)
