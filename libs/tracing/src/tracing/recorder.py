"""Where the spans of a process wait for their export: a bounded queue, which never makes anybody wait.

There is one for the process, as there is one log: what begins a span need not be handed it.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

S = TypeVar("S")

CAPACITY = 4_096


class Recorder(Generic[S]):
    """Keeps ended spans until they are taken. `dropped` counts those that were not exported."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._waiting: deque[S] = deque()
        self._arrived = asyncio.Event()
        self.is_on = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def record(self, span: S) -> None:
        """Keep an ended span, or drop it where the queue is full."""
        if len(self._waiting) >= self._capacity:
            self.dropped += 1
            return
        self._waiting.append(span)
        self._arrived.set()

    async def arrived(self) -> None:
        """Wait until there is a span to take."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()

    def take(self, limit: int) -> list[S]:
        """Take up to so many spans, the oldest first."""
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]

    def give_back(self, spans: list[S]) -> None:
        """Keep spans that were taken and not exported; what came since may have left room for some."""
        lost = max(0, len(spans) + len(self._waiting) - self._capacity)
        self.dropped += lost
        self._waiting.extendleft(reversed(spans[lost:]))

    def forget(self) -> None:
        """Drop what still waits, at the end of the process."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
