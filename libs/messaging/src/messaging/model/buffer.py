"""Where deliveries gather for a few milliseconds, so that one transaction can take many."""

import asyncio
import time
from collections import deque

from messaging.model.delivery import Delivery
from messaging.model.hop import now_ms

CAPACITY = 4_000
MAX_BATCH = 500
LINGER_MIN_S = 0.004
LINGER_MAX_S = 0.150
LINGER_PER_DELIVERY_S = 0.0006


class Buffer:
    """Deliveries on their way to the processor.

    The wait for company grows with the size of the last batch and with the time that it took: a
    quiet service answers at once; a busy one, or one on a busy machine, spares itself transactions,
    whose cost is per batch and hardly per event. `linger_s` is the shortest wait. `taken_in` counts
    all deliveries that ever came.
    """

    def __init__(self, capacity: int = CAPACITY, linger_s: float = LINGER_MIN_S) -> None:
        self._waiting: deque[Delivery] = deque()
        self._capacity = capacity
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._linger_min_s = linger_s
        self._last_batch = 0
        self._handed_over_at: float | None = None
        self.taken_in = 0

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, delivery: Delivery) -> None:
        """Add a delivery; waits while the buffer is full, so that the broker holds the rest."""
        while len(self._waiting) >= self._capacity:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(delivery)
        self.taken_in += 1
        self._arrived.set()

    async def take(self) -> list[Delivery]:
        """Return the next batch, in order of arrival; waits for the first delivery and then for company."""
        linger_s = self._linger_s()
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        if len(self._waiting) < MAX_BATCH:
            await asyncio.sleep(linger_s)
        batch = self.take_waiting(MAX_BATCH)
        self._last_batch = len(batch)
        self._handed_over_at = time.monotonic()
        return batch

    def take_waiting(self, limit: int) -> list[Delivery]:
        """Return what waits already, in order of arrival; so many at most, and nothing if there is none."""
        taken = [self._waiting.popleft() for _ in range(min(max(0, limit), len(self._waiting)))]
        self._room.set()
        taken_ms = now_ms()
        for delivery in taken:
            if delivery.hop is not None:
                delivery.hop.taken_ms = taken_ms
        return taken

    def _linger_s(self) -> float:
        """Return how long to wait for company, seen when the last batch is done."""
        if self._handed_over_at is None:
            return self._linger_min_s
        took_s = time.monotonic() - self._handed_over_at
        for_its_size_s = self._linger_min_s + LINGER_PER_DELIVERY_S * self._last_batch
        return max(self._linger_min_s, min(LINGER_MAX_S, max(2 * took_s, for_its_size_s)))
