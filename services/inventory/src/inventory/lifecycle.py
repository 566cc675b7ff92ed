"""The states of one order's reservation, and of the shelf that it takes from."""

from dataclasses import dataclass
from enum import StrEnum

from events import StockLine
from messaging import Aggregate, Lifecycle


class ReservationStatus(StrEnum):
    """State of an order's goods."""

    UNKNOWN = "unknown"
    RESERVED = "reserved"
    REJECTED = "rejected"
    RELEASED = "released"
    COMMITTED = "committed"


LIFECYCLE = Lifecycle(
    "reservation",
    {
        # Released without ever having been reserved is a tombstone: the cancellation came first.
        ReservationStatus.UNKNOWN: frozenset(
            {ReservationStatus.RESERVED, ReservationStatus.REJECTED, ReservationStatus.RELEASED}
        ),
        ReservationStatus.RESERVED: frozenset(
            {ReservationStatus.RELEASED, ReservationStatus.COMMITTED}
        ),
        ReservationStatus.REJECTED: frozenset(),
        ReservationStatus.RELEASED: frozenset(),
        ReservationStatus.COMMITTED: frozenset(),
    },
)


@dataclass(slots=True)
class Reservation(Aggregate):
    """The goods of one order; `lines` are the units that are or were set aside."""

    status: ReservationStatus = ReservationStatus.UNKNOWN
    lines: tuple[StockLine, ...] = ()

    def become(self, status: ReservationStatus) -> None:
        """Change state; raises `IllegalTransitionError` where the lifecycle does not allow it."""
        self.status = LIFECYCLE.apply(self.status, status)


@dataclass(slots=True)
class StockItem:
    """One product's units: every one is on hand, reserved, or shipped, and none appears or vanishes."""

    sku: str
    on_hand: int = 0
    reserved: int = 0
    shipped: int = 0

    def reserve(self, quantity: int) -> None:
        """Set units aside."""
        self.on_hand -= quantity
        self.reserved += quantity

    def release(self, quantity: int) -> None:
        """Put units that were set aside back on the shelf."""
        self.reserved -= quantity
        self.on_hand += quantity

    def commit(self, quantity: int) -> None:
        """Let units that were set aside leave for good."""
        self.reserved -= quantity
        self.shipped += quantity
