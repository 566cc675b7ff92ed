"""Nothing waits for ever: what is to be said, heard or asked for an order is done in time."""

from collections.abc import Iterator

from orderstream.audit.books import Books
from orderstream.audit.violation import Rule


def _counts(books: Books) -> dict[str, int]:
    return {
        "orders": len(books.orders),
        "waiting": len(books.waits),
        "rows undone": len(books.pending),
        "deliveries unheard": len(books.unheard),
    }


def _find(books: Books) -> Iterator[tuple[str, str]]:
    yield from books.stuck.items()


RULE = Rule(
    "stuck",
    "no order waits beyond its deadline, and nothing that is to be said, heard or asked for too long",
    _counts,
    _find,
)
