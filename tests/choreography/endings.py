"""Which ends are good: what the services say and what they hold must agree."""

from dataclasses import dataclass

from choreography.exploring import BadEndingError
from events import CancellationReason, OrderStatus
from inventory.lifecycle import Reservation, ReservationStatus, StockItem
from notifier.lifecycle import Notification, NotificationStatus
from order.lifecycle import Order
from payment.lifecycle import Payment, PaymentStatus
from shipping.lifecycle import Shipment, ShipmentStatus

FULFILLED = (PaymentStatus.CAPTURED, ReservationStatus.COMMITTED, ShipmentStatus.INITIATED)
NOTHING_CHARGED = {PaymentStatus.DECLINED, PaymentStatus.VOIDED}
NOTHING_TAKEN = {
    ReservationStatus.UNKNOWN,
    ReservationStatus.REJECTED,
    ReservationStatus.RELEASED,
}
NO_PARCEL = {ShipmentStatus.UNKNOWN, ShipmentStatus.CANCELLED}
NOTIFIED = {NotificationStatus.SENT, NotificationStatus.REFUSED}


@dataclass(frozen=True, slots=True)
class Ending:
    """Where all services stand with one order when nothing more is on its way."""

    payment: Payment
    reservation: Reservation
    shipment: Shipment
    order: Order
    notification: Notification
    customer_asked: bool

    @property
    def has_ended(self) -> bool:
        """Whether the order itself has."""
        return self.order.status in (OrderStatus.COMPLETED, OrderStatus.CANCELLED)

    def name(self) -> str:
        """What the end is called.

        Raises:
            BadEndingError: it must not be.
        """
        if self.order.status is OrderStatus.COMPLETED:
            self._require_fulfilled()
            return "completed"
        if self.order.status is OrderStatus.CANCELLED:
            self._require_undone()
            return f"cancelled: {self.order.reason}"
        raise BadEndingError(f"nothing more will happen and the order is {self.order.status}")

    def _require_fulfilled(self) -> None:
        stands = (self.payment.status, self.reservation.status, self.shipment.status)
        _require(stands == FULFILLED, f"the order is completed but stands at {stands}")
        self._require_notified("order_shipped")

    def _require_undone(self) -> None:
        money, goods, parcel = self.payment, self.reservation, self.shipment
        _require(money.status in NOTHING_CHARGED, f"cancelled, but the money is {money.status}")
        _require(goods.status in NOTHING_TAKEN, f"cancelled, but the goods are {goods.status}")
        _require(parcel.status in NO_PARCEL, f"cancelled, but the parcel is {parcel.status}")
        self._require_notified("order_cancelled")
        reason = self.order.reason
        _require(reason is not None and self._is_true(reason), f"cancelled for no reason: {reason}")

    def _is_true(self, reason: CancellationReason) -> bool:
        match reason:
            case CancellationReason.PAYMENT_DECLINED:
                return self.payment.status is PaymentStatus.DECLINED
            case CancellationReason.OUT_OF_STOCK:
                return self.reservation.status is ReservationStatus.REJECTED
            case CancellationReason.BY_CUSTOMER:
                return self.customer_asked
            case CancellationReason.OVERDUE:
                return bool(self.order.overdue)
            case CancellationReason.UNDELIVERABLE:
                return self.shipment.shipment_id is None

    def _require_notified(self, kind: str) -> None:
        status = self.notification
        good = status.status in NOTIFIED and status.kind == kind
        _require(good, f"the customer was to get {kind}, but has {status.kind}: {status.status}")


def require_shelf(shelf: StockItem, on_hand: int, shipped: int) -> None:
    """Every unit is on hand or shipped, as it must be in the end.

    Raises:
        BadEndingError: it is not.
    """
    stands = (shelf.on_hand, shelf.reserved, shelf.shipped)
    _require(stands == (on_hand, 0, shipped), f"the shelf ends as {shelf}")


def _require(good: bool, otherwise: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not good:
        raise BadEndingError(otherwise)
