"""Which ends are good: what the services say and what they hold must agree."""

from typing import Any

from choreography.actors import Service
from choreography.customer import Customer
from choreography.exploring import BadEndingError, State
from choreography.scenario import ORDER, WANTED
from events import CancellationReason, OrderStatus
from inventory.lifecycle import ReservationStatus
from notifier.lifecycle import NotificationStatus
from payment.lifecycle import PaymentStatus
from shipping.lifecycle import ShipmentStatus

FULFILLED = (PaymentStatus.CAPTURED, ReservationStatus.COMMITTED, ShipmentStatus.INITIATED)
NOTHING_CHARGED = {PaymentStatus.DECLINED, PaymentStatus.VOIDED}
NOTHING_TAKEN = {
    ReservationStatus.UNKNOWN,
    ReservationStatus.REJECTED,
    ReservationStatus.RELEASED,
}
NO_PARCEL = {ShipmentStatus.UNKNOWN, ShipmentStatus.CANCELLED}
TOLD = {NotificationStatus.SENT, NotificationStatus.REFUSED}


class Ending:
    """Where all services stand when nothing more is on its way."""

    def __init__(
        self, customer: Customer, services: tuple[Service, ...], on_hand: int, state: State
    ) -> None:
        works = [
            service.decider.works[service.state(number)]
            for service, number in zip(services, state[1:], strict=True)
        ]
        known: list[Any] = [work.of(ORDER) for work in works]
        self.payment, self.reservation, self.shipment, self.order, self.notification = known
        self.shelf = vars(works[1])["stock"]["MUG"]
        self.on_hand = on_hand
        self.customer_asked = not customer.is_silent(state[0])

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
        left = self.on_hand - WANTED
        self._require_shelf(left, WANTED)
        self._require_told("order_shipped")

    def _require_undone(self) -> None:
        money, goods, parcel = self.payment, self.reservation, self.shipment
        _require(money.status in NOTHING_CHARGED, f"cancelled, but the money is {money.status}")
        _require(goods.status in NOTHING_TAKEN, f"cancelled, but the goods are {goods.status}")
        _require(parcel.status in NO_PARCEL, f"cancelled, but the parcel is {parcel.status}")
        self._require_shelf(self.on_hand, 0)
        self._require_told("order_cancelled")
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

    def _require_shelf(self, on_hand: int, shipped: int) -> None:
        shelf = self.shelf
        stands = (shelf.on_hand, shelf.reserved, shelf.shipped)
        _require(stands == (on_hand, 0, shipped), f"the shelf ends as {shelf}")

    def _require_told(self, kind: str) -> None:
        told = self.notification
        good = told.status in TOLD and told.kind == kind
        _require(good, f"the customer was to get {kind}, but has {told.kind}: {told.status}")


def _require(good: bool, otherwise: str) -> None:  # noqa: FBT001  # reads as an assertion
    if not good:
        raise BadEndingError(otherwise)
