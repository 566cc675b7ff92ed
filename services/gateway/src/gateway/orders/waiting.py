"""Requests that are held open until an order has ended."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from events import Envelope, OrderStatus, OrderStatusChanged

Document = dict[str, Any]
Read = Callable[[], Awaitable[Document | None]]


def is_final(document: Document | None) -> bool:
    """Whether nothing more will happen to the order of this document."""
    return document is not None and OrderStatus(document["status"]).is_final


class Waiters:
    """Who waits for which order; woken by what the order service says, at most `limit` at a time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def hear(self, envelope: Envelope) -> None:
        """Wake those who wait for an order that has ended."""
        event = envelope.event
        if isinstance(event, OrderStatusChanged) and event.status.is_final:
            self._wake(event.order_id)

    def release(self) -> None:
        """Wake everybody and let nobody wait any more: the process is about to stop."""
        self._limit = 0
        for order_id in list(self._waiting):
            self._wake(order_id)

    def has_room(self) -> bool:
        """Whether one more may wait."""
        return self._count < self._limit

    async def until_final(self, order_id: str, seconds: float, read: Read) -> Document | None:
        """The order's document once it is final; None if it is not within these seconds.

        The order is read once after the wait has begun, for it may have ended before, and again
        when it is said to have ended.
        """
        ended = asyncio.Event()
        self._waiting[order_id].add(ended)
        self._count += 1
        try:
            async with asyncio.timeout(seconds):
                document = await read()
                if not is_final(document):
                    await ended.wait()
                    document = await read()
        except TimeoutError:
            return None
        finally:
            self._count -= 1
            self._forget(order_id, ended)
        return document if is_final(document) else None

    def _wake(self, order_id: str) -> None:
        for ended in self._waiting.get(order_id, ()):
            ended.set()

    def _forget(self, order_id: str, ended: asyncio.Event) -> None:
        self._waiting[order_id].discard(ended)
        if not self._waiting[order_id]:
            del self._waiting[order_id]
