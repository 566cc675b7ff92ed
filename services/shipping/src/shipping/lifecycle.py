"""The states of one order's shipment. Moving it to `initiated` passes the point of no return."""

from dataclasses import dataclass
from enum import StrEnum

from events import CancellationReason
from messaging import Aggregate, Lifecycle


class ShipmentStatus(StrEnum):
    """State of an order's parcel."""

    UNKNOWN = "unknown"
    BOOKING = "booking"
    REFUSED = "refused"
    INITIATED = "initiated"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


LIFECYCLE = Lifecycle(
    "shipment",
    {
        # Cancelled without ever having been known is a tombstone: no later order is shipped.
        ShipmentStatus.UNKNOWN: frozenset({ShipmentStatus.BOOKING, ShipmentStatus.CANCELLED}),
        ShipmentStatus.BOOKING: frozenset(
            {
                ShipmentStatus.INITIATED,
                ShipmentStatus.CANCELLING,
                ShipmentStatus.CANCELLED,
                ShipmentStatus.REFUSED,
            }
        ),
        # The carrier will not even consider it: asked once more, or stopped with nothing booked.
        ShipmentStatus.REFUSED: frozenset({ShipmentStatus.BOOKING, ShipmentStatus.CANCELLED}),
        ShipmentStatus.CANCELLING: frozenset({ShipmentStatus.CANCELLED}),
        ShipmentStatus.INITIATED: frozenset(),
        ShipmentStatus.CANCELLED: frozenset(),
    },
)


@dataclass(slots=True)
class Shipment(Aggregate):
    """The parcel of one order; `cancellation_noted` is why it is to be stopped, once it is."""

    status: ShipmentStatus = ShipmentStatus.UNKNOWN
    cancellation_noted: CancellationReason | None = None
    shipment_id: str | None = None
    carrier: str | None = None
    tracking_code: str | None = None

    def become(self, status: ShipmentStatus) -> None:
        """Change state; raises `IllegalTransitionError` where the lifecycle does not allow it."""
        self.status = LIFECYCLE.apply(self.status, status)
