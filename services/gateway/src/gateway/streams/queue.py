"""What a stream's reader has not taken yet: bounded, so that a slow reader costs itself its stream."""

import asyncio
from collections.abc import Iterable
from typing import Generic, TypeVar

from gateway.streams.protocol import TOO_SLOW, Ending

Item = TypeVar("Item")


class StreamQueue(Generic[Item]):
    """Items by position, at most `limit` of them: one too many ends the stream.

    They are taken in the order of their positions without a gap, from `taken` on, so an item that is
    added twice or too early does no harm. One reader takes, anybody adds.
    """

    def __init__(self, limit: int, taken: int = 0) -> None:
        self.ending: Ending | None = None
        self._limit = limit
        self._taken = taken
        self._unread: dict[int, Item] = {}
        self._changed = asyncio.Event()

    @property
    def has_gap(self) -> bool:
        """Whether an item is there but not the one before it."""
        return bool(self._unread) and self._taken + 1 not in self._unread

    def has_taken(self, position: int) -> bool:
        """Return whether the reader has this item."""
        return position <= self._taken

    def add(self, position: int, item: Item) -> None:
        """Keep an item for the reader; one too many ends the stream."""
        if self.ending is None and not self.has_taken(position):
            self._unread[position] = item
            self._changed.set()
            if len(self._unread) > self._limit:
                self.end(TOO_SLOW)

    def fill_in(self, items: Iterable[tuple[int, Item]]) -> None:
        """Keep those items of a history that the reader has not taken, however many."""
        self._unread.update((at, item) for at, item in items if not self.has_taken(at))

    def take(self) -> Item | None:
        """Take the next item, if it is there."""
        item = self._unread.pop(self._taken + 1, None)
        if item is not None:
            self._taken += 1
        return item

    def end(self, ending: Ending) -> None:
        """End the stream: the reader gets nothing more but this."""
        self.ending = self.ending or ending
        self._unread.clear()
        self._changed.set()

    def wake(self) -> None:
        """Let the reader look again."""
        self._changed.set()

    async def wait(self) -> None:
        """Wait until something has changed."""
        await self._changed.wait()
        self._changed.clear()
