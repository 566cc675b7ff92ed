"""What a client remembers of the orders that it tried to place: the other side of the books."""

from collections.abc import Iterator
from contextlib import contextmanager

from orderstream.audit.records import LedgerEntry
from orderstream.client.refusals import RefusedError


class Attempt:
    """One order that is being placed; `order_id` is set once the gateway has named it."""

    def __init__(self) -> None:
        self.order_id: str | None = None


class Ledger:
    """One entry per idempotency key, however often it was sent."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []

    @contextmanager
    def attempt(self, key: str) -> Iterator[Attempt]:
        """Surround the placing of an order and note how it went; whoever was cut off knows nothing."""
        attempt = Attempt()
        try:
            yield attempt
        except RefusedError:
            self.entries.append(LedgerEntry(key, "failed"))
            raise
        except BaseException:
            self.entries.append(LedgerEntry(key, "unknown"))
            raise
        self.entries.append(LedgerEntry(key, "ok", attempt.order_id))
