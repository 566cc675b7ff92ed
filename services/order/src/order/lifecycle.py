"""The statuses of an order, and how they follow from the facts known about it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from events import (
    CancellationReason,
    CountryCode,
    CustomerId,
    Money,
    OrderLine,
    OrderStatus,
    SealedPersonalData,
)
from messaging import Aggregate, Lifecycle

from order.holds import Holds, still_open


class PaymentFact(StrEnum):
    """The newest fact from payment."""

    AUTHORIZED = "authorized"
    DECLINED = "declined"
    UNDER_REVIEW = "under_review"
    CAPTURED = "captured"
    VOIDED = "voided"


class StockFact(StrEnum):
    """The newest fact from inventory."""

    RESERVED = "reserved"
    REJECTED = "rejected"
    RELEASED = "released"
    COMMITTED = "committed"


class ShipmentFact(StrEnum):
    """The newest fact from shipping about the parcel."""

    INITIATED = "initiated"
    CANCELLED = "cancelled"


# Topics are consumed in any order, so a status may be skipped: an order whose goods are known to be
# reserved was authorized, whether or not that came first.
# An order that is held goes on wherever its facts have come to meanwhile.
_AFTER = {
    OrderStatus.ACCEPTED: {
        OrderStatus.AUTHORIZED,
        OrderStatus.RESERVED,
        OrderStatus.SHIPPED,
        OrderStatus.PAYMENT_REVIEW,
        OrderStatus.COMPLETED,
        OrderStatus.CANCELLING,
        OrderStatus.CANCELLED,
    },
    OrderStatus.AUTHORIZED: {OrderStatus.RESERVED, OrderStatus.SHIPPED, OrderStatus.CANCELLING},
    OrderStatus.RESERVED: {
        OrderStatus.SHIPPED,
        OrderStatus.PAYMENT_REVIEW,
        OrderStatus.COMPLETED,
        OrderStatus.CANCELLING,
    },
    # A cancellation that came too late ends in a shipped order.
    OrderStatus.CANCELLING: {
        OrderStatus.SHIPPED,
        OrderStatus.PAYMENT_REVIEW,
        OrderStatus.COMPLETED,
        OrderStatus.CANCELLED,
    },
    OrderStatus.SHIPPED: {OrderStatus.PAYMENT_REVIEW, OrderStatus.COMPLETED},
    # Only once all else is done: then nothing but the money is missing.
    OrderStatus.PAYMENT_REVIEW: {OrderStatus.COMPLETED},
}
LIFECYCLE = Lifecycle(
    "order",
    {
        **{status: frozenset({*after, OrderStatus.HELD}) for status, after in _AFTER.items()},
        OrderStatus.HELD: frozenset({*_AFTER, OrderStatus.COMPLETED, OrderStatus.CANCELLED}),
        OrderStatus.COMPLETED: frozenset(),
        OrderStatus.CANCELLED: frozenset(),
    },
)


@dataclass(slots=True)
class Order(Aggregate):
    """Facts about one order: a column each, with its producer's sequence.

    `status` is None until the order itself has been received; facts may come before it.
    `stopping` is set once the customer or the clock asked to stop it, `cancellation_refused` once
    shipping answered that it is too late. `held` are the dead letters about it.
    """

    status: OrderStatus | None = None
    reason: CancellationReason | None = None
    payment: PaymentFact | None = None
    payment_sequence: int = 0
    stock: StockFact | None = None
    stock_sequence: int = 0
    shipment: ShipmentFact | None = None
    shipment_sequence: int = 0
    shipment_reason: CancellationReason | None = None
    stopping: bool = False
    cancellation_refused: bool = False
    overdue: bool = False
    tracking_code: str | None = None
    customer_id: CustomerId | None = None
    country: CountryCode | None = None
    lines: tuple[OrderLine, ...] = ()
    total: Money | None = None
    recipient: SealedPersonalData | None = None
    placed_at: datetime | None = None
    final_at: datetime | None = None
    held: Holds = field(default_factory=dict)


AFTER_SHIPPING: dict[PaymentFact | None, OrderStatus] = {
    PaymentFact.CAPTURED: OrderStatus.COMPLETED,
    PaymentFact.UNDER_REVIEW: OrderStatus.PAYMENT_REVIEW,
}
"""Where an order stands by its money, once the parcel is on its way and the goods are booked out."""


def derive(order: Order) -> tuple[OrderStatus, CancellationReason | None]:
    """Derive the status from the facts, whatever order they came in."""
    ended = _cancelled_because(order)
    if ended is not None:
        return OrderStatus.CANCELLED, ended
    status = _open_status(order)
    if not status.is_final and still_open(order.held):
        return OrderStatus.HELD, None
    return status, None


def _cancelled_because(order: Order) -> CancellationReason | None:
    """Return why the order has ended, once money and goods are settled; None while they are not."""
    if order.payment is PaymentFact.DECLINED:
        return CancellationReason.PAYMENT_DECLINED
    if order.payment is not PaymentFact.VOIDED:
        return None
    if order.stock is StockFact.REJECTED:
        return CancellationReason.OUT_OF_STOCK
    if order.stock is StockFact.RELEASED and order.shipment is ShipmentFact.CANCELLED:
        return order.shipment_reason
    return None


def _open_status(order: Order) -> OrderStatus:
    if order.shipment is ShipmentFact.INITIATED:
        if order.stock is not StockFact.COMMITTED:
            return OrderStatus.SHIPPED
        return AFTER_SHIPPING.get(order.payment, OrderStatus.SHIPPED)
    if (
        order.stopping
        or order.shipment is ShipmentFact.CANCELLED
        or order.payment is PaymentFact.VOIDED
        or order.stock in (StockFact.REJECTED, StockFact.RELEASED)
    ):
        return OrderStatus.CANCELLING
    if order.stock in (StockFact.RESERVED, StockFact.COMMITTED):
        return OrderStatus.RESERVED
    if order.payment in (PaymentFact.AUTHORIZED, PaymentFact.UNDER_REVIEW, PaymentFact.CAPTURED):
        return OrderStatus.AUTHORIZED
    return OrderStatus.ACCEPTED
