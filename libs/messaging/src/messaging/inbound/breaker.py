"""The breaker: when nothing at all can be handled, the fault is ours and not the events'."""

import time
from collections import deque
from collections.abc import Iterable

import structlog

from messaging.model.delivery import Delivery

log = structlog.get_logger(__name__)

TRIP_AFTER = 10
"""Consecutive failures that open the breaker."""
HOLD_MAX = 2_000
HOLD_MAX_BYTES = 64 * 1024 * 1024
"""Bounds of what is held back, whichever is reached first: the oldest makes room for what arrives."""
LET_GO_AT_ONCE = 100


class Breaker:
    """Count of failures in a row. While it is open nothing becomes a dead letter."""

    def __init__(self) -> None:
        self._failed = 0
        self._reason = ""
        self._opened_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the worker holds back instead of setting aside."""
        return self._failed >= TRIP_AFTER

    @property
    def open_s(self) -> float:
        """For how long it has been open, in seconds; 0 if it is not."""
        return time.monotonic() - self._opened_at if self.is_open else 0.0

    def failed(self, error: Exception) -> None:
        """Count that something could not be handled."""
        self._failed += 1
        self._reason = f"{type(error).__name__}: {error}"
        if self._failed == TRIP_AFTER:
            self._opened_at = time.monotonic()
            log.critical(
                "breaker_opened",
                failures=self._failed,
                error=self._reason,
            )

    def succeeded(self) -> None:
        """Count that something was handled, so what fails is an exception."""
        if self.is_open:
            log.info("breaker_closed")
        self._failed = 0

    def reset(self) -> None:
        """Start counting again: an operator has acted on what could not be handled."""
        self._failed = 0

    async def check(self) -> str | None:
        """Return what is wrong, for readiness, if the worker is paused."""
        if not self.is_open:
            return None
        return f"paused: the last {self._failed} events could not be handled ({self._reason})"


class HeldBack:
    """Deliveries in the order in which they wait for their next turn.

    What has been held longest is let go first when there is too much, a hundred at a time.
    """

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether something has to go before more can be kept."""
        return len(self._waiting) >= HOLD_MAX or self._bytes >= HOLD_MAX_BYTES

    def keep(self, deliveries: Iterable[Delivery]) -> None:
        """Hold these back as well; they come behind all others."""
        for delivery in deliveries:
            self._waiting.append(delivery)
            self._bytes += _size(delivery)

    def take(self, limit: int) -> list[Delivery]:
        """Give up to so many of those that have waited longest, and hold them back no longer."""
        taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
        self._bytes -= sum(map(_size, taken))
        return taken

    def take_surplus(self) -> list[Delivery]:
        """Return what has to go, because more was kept than may be."""
        surplus: list[Delivery] = []
        while self.is_full and len(surplus) < LET_GO_AT_ONCE:
            surplus += self.take(1)
        return surplus


def _size(delivery: Delivery) -> int:
    record = delivery.record
    return len(record.value or b"") if record else 0
