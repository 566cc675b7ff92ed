"""Long polling: a response is held until the order has ended, for as long as the client prefers.

Source: RFC 7240 (Prefer), sections 2 and 4.3.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from events import Envelope, OrderStatusChanged

from gateway.reads.representations import Document, is_final
from gateway.shares import Shares

MAX_WAIT_S = 30
_PREFERENCE = re.compile(r'(?:"(?:\\.?|[^"\\])*(?:"|$)|[^,"])+', re.DOTALL)
"""What is between commas; commas in quotes separate nothing."""
_WAIT = re.compile(r"\s*wait\s*=\s*\"?0*([0-9]+)\"?\s*(?:;|$)", re.IGNORECASE)
_ENOUGH_DIGITS = 3

Read = Callable[[], Awaitable[Document | None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """End of a wait: `document` is None if the order has not ended, or there was no wait."""

    seconds: int
    document: Document | None


class LongPoll:
    """Requests that wait for the end of an order; customers share the `places`."""

    def __init__(self, places: Shares) -> None:
        self._places = places
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def consume(self, envelope: Envelope) -> None:
        """Wake the requests that wait for an order that has ended."""
        event = envelope.event
        if isinstance(event, OrderStatusChanged) and event.status.is_final:
            self._wake(event.order_id)

    def release(self) -> None:
        """Wake all requests and let no more wait: the process is about to stop."""
        self._places.close()
        for order_id in list(self._waiting):
            self._wake(order_id)

    def has_room(self, customer_id: str = "") -> bool:
        """Return whether one more request of this customer may wait."""
        return self._places.has_room(customer_id)

    async def outcome(self, order_id: str, customer_id: str, seconds: int, read: Read) -> Outcome:
        """Wait for an order's end, if the client prefers to and the customer has room to."""
        if seconds == 0 or not self.has_room(customer_id):
            return Outcome(0, None)
        return Outcome(seconds, await self.until_final(order_id, seconds, read, customer_id))

    async def until_final(
        self, order_id: str, seconds: float, read: Read, customer_id: str = ""
    ) -> Document | None:
        """Return the order's document once it is final; None if it is not within these seconds.

        The order is read once after the wait has begun, for it may have ended before, and again
        when its end is announced.
        """
        ended = asyncio.Event()
        self._waiting[order_id].add(ended)
        self._places.take(customer_id)
        try:
            async with asyncio.timeout(seconds):
                document = await read()
                if not is_final(document):
                    await ended.wait()
                    document = await read()
        except TimeoutError:
            return None
        finally:
            self._places.give_back(customer_id)
            self._forget(order_id, ended)
        return document if is_final(document) else None

    def _wake(self, order_id: str) -> None:
        for ended in self._waiting.get(order_id, ()):
            ended.set()

    def _forget(self, order_id: str, ended: asyncio.Event) -> None:
        self._waiting[order_id].discard(ended)
        if not self._waiting[order_id]:
            del self._waiting[order_id]


def preferred_wait(header: str) -> int:
    """Return the seconds that a `Prefer` header asks to wait, at most `MAX_WAIT_S`; 0 without a wish.

    Of several wishes the first that can be read counts.
    """
    for preference in _PREFERENCE.findall(header):
        if found := _WAIT.match(preference):
            digits = found[1]
            return MAX_WAIT_S if len(digits) > _ENOUGH_DIGITS else min(int(digits), MAX_WAIT_S)
    return 0


def applied(seconds: int) -> dict[str, str]:
    """Return the header that confirms a wait; none if there was no wait."""
    return {"Preference-Applied": f"wait={seconds}"} if seconds else {}
