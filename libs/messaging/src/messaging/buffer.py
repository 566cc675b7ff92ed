"""Where deliveries gather for a few milliseconds, so that one transaction can take many."""

import asyncio
from collections import deque

from messaging.delivery import Delivery

CAPACITY = 4_000
MAX_BATCH = 500
LINGER_MIN_S = 0.004
LINGER_MAX_S = 0.030
LINGER_PER_DELIVERY_S = 0.0006


class Buffer:
    """Deliveries on their way to the processor.

    The wait for company grows with the size of the last batch: a quiet service answers at once, a
    busy one spares itself transactions, whose cost is per batch and hardly per event.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._waiting: deque[Delivery] = deque()
        self._capacity = capacity
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._last_batch = 0

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, delivery: Delivery) -> None:
        """Add a delivery; waits while the buffer is full, so that the broker holds the rest."""
        while len(self._waiting) >= self._capacity:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(delivery)
        self._arrived.set()

    async def take(self) -> list[Delivery]:
        """The next batch, in order of arrival; waits for the first delivery and then for company."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        if len(self._waiting) < MAX_BATCH:
            await asyncio.sleep(self._linger_s())
        batch = [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]
        self._room.set()
        self._last_batch = len(batch)
        return batch

    def _linger_s(self) -> float:
        return min(LINGER_MAX_S, LINGER_MIN_S + LINGER_PER_DELIVERY_S * self._last_batch)
