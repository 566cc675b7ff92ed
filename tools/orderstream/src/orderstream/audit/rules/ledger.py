"""What the clients were told is what the shop has: a refused order is none, an unanswered one at most one."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from orderstream.audit.books import Books
from orderstream.audit.records import LedgerEntry
from orderstream.audit.violation import Rule


def _counts(books: Books) -> dict[str, int]:
    return dict(Counter(entry.outcome for entry in books.ledger or ()))


def _find(books: Books) -> Iterator[tuple[str, str]]:
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


RULE = Rule(
    "clients",
    "what clients were told is true; a request without an answer is one order or none",
    _counts,
    _find,
    applies=lambda books: books.ledger is not None,
)
