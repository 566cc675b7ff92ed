"""What a paused worker holds back: neither handled nor set aside, and acknowledged only when it is one of them."""

from collections import deque
from collections.abc import Iterable

from messaging.delivery import Delivery

HOLD_MAX = 2_000
HOLD_MAX_BYTES = 64 * 1024 * 1024
"""So much is held back at most, whichever is reached first: the oldest makes room for what arrives."""
LET_GO_AT_ONCE = 100


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
        """What has to go, because more was kept than may be."""
        surplus: list[Delivery] = []
        while self.is_full and len(surplus) < LET_GO_AT_ONCE:
            surplus += self.take(1)
        return surplus


def _size(delivery: Delivery) -> int:
    record = delivery.record
    return len(record.value or b"") if record else 0
