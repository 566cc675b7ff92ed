"""What the order service does about what it consumes: note the fact, and tell where the order stands."""

from events import (
    CancellationRefused,
    CancellationRequested,
    DeadLettered,
    DeadLetterSettled,
    OrderEvent,
    OrderOverdue,
    OrderPlaced,
    OrderStatus,
    OrderStatusChanged,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentUnderReview,
    PaymentVoided,
    ShipmentCancelled,
    ShippingInitiated,
    StockCommitted,
    StockRejected,
    StockReleased,
    StockReserved,
)
from messaging import Handlers, Timer

from order import holds
from order.lifecycle import LIFECYCLE, Order, PaymentFact, ShipmentFact, StockFact, derive
from order.unit_of_work import OrderWork

handlers = Handlers[OrderWork]("order")


class DeadlinePassed(Timer):
    """The order has not ended within its time."""


PAYMENT_FACTS: dict[type[OrderEvent], PaymentFact] = {
    PaymentAuthorized: PaymentFact.AUTHORIZED,
    PaymentDeclined: PaymentFact.DECLINED,
    PaymentUnderReview: PaymentFact.UNDER_REVIEW,
    PaymentCaptured: PaymentFact.CAPTURED,
    PaymentVoided: PaymentFact.VOIDED,
}
STOCK_FACTS: dict[type[OrderEvent], StockFact] = {
    StockReserved: StockFact.RESERVED,
    StockRejected: StockFact.REJECTED,
    StockReleased: StockFact.RELEASED,
    StockCommitted: StockFact.COMMITTED,
}


@handlers.on(OrderPlaced, emits=[OrderStatusChanged])
def open_order(event: OrderPlaced, work: OrderWork) -> None:
    """Note what was ordered; facts about the order that came earlier count from now on."""
    order = work.of(event.order_id)
    if order.status is not None:
        LIFECYCLE.apply(order.status, OrderStatus.ACCEPTED)
    order.customer_id, order.country = event.customer_id, event.country
    order.lines, order.total, order.recipient = event.lines, event.total, event.recipient
    order.placed_at = event.placed_at
    _change(order, OrderStatus.ACCEPTED, work)
    _tell(order, work)


@handlers.on(CancellationRequested, emits=[OrderStatusChanged])
def record_cancellation_request(event: CancellationRequested, work: OrderWork) -> None:
    """Record that the customer wants to stop the order: it is being cancelled until shipping has decided."""
    order = work.of(event.order_id)
    order.stopping = True
    _tell(order, work)


@handlers.on(*PAYMENT_FACTS, emits=[OrderStatusChanged])
def record_payment(event: OrderEvent, work: OrderWork) -> None:
    """Note what became of the money, unless something newer is known."""
    order = work.of(event.order_id)
    if work.cause.sequence > order.payment_sequence:
        order.payment, order.payment_sequence = PAYMENT_FACTS[type(event)], work.cause.sequence
    _tell(order, work)


@handlers.on(*STOCK_FACTS, emits=[OrderStatusChanged])
def record_stock(event: OrderEvent, work: OrderWork) -> None:
    """Note what became of the goods, unless something newer is known."""
    order = work.of(event.order_id)
    if work.cause.sequence > order.stock_sequence:
        order.stock, order.stock_sequence = STOCK_FACTS[type(event)], work.cause.sequence
    _tell(order, work)


@handlers.on(ShippingInitiated, emits=[OrderStatusChanged])
def record_shipment(event: ShippingInitiated, work: OrderWork) -> None:
    """Note that the parcel is on its way."""
    order = work.of(event.order_id)
    order.shipment, order.shipment_sequence = ShipmentFact.INITIATED, work.cause.sequence
    order.tracking_code = event.tracking_code
    _tell(order, work)


@handlers.on(ShipmentCancelled, emits=[OrderStatusChanged])
def record_cancelled_shipment(event: ShipmentCancelled, work: OrderWork) -> None:
    """Note that there will be no parcel, and why."""
    order = work.of(event.order_id)
    order.shipment, order.shipment_sequence = ShipmentFact.CANCELLED, work.cause.sequence
    order.shipment_reason = event.reason
    _tell(order, work)


@handlers.on(CancellationRefused)
def record_refused_cancellation(event: CancellationRefused, work: OrderWork) -> None:
    """Note that the cancellation came too late, so that the customer can see it."""
    work.of(event.order_id).cancellation_refused = True


@handlers.on(DeadLettered, emits=[OrderStatusChanged])
def hold(event: DeadLettered, work: OrderWork) -> None:
    """Hold the order until an operator acts: some service cannot handle something about it."""
    order = work.of(event.order_id)
    holds.note(order.held, event)
    _tell(order, work)


@handlers.on(DeadLetterSettled, emits=[OrderStatusChanged])
def resume(event: DeadLetterSettled, work: OrderWork) -> None:
    """Go on with an order for which an operator has acted."""
    order = work.of(event.order_id)
    holds.settle(order.held, event)
    _tell(order, work)


@handlers.on(DeadlinePassed, emits=[OrderOverdue, OrderStatusChanged])
def mark_overdue(timer: DeadlinePassed, work: OrderWork) -> None:
    """Say once that an open order is overdue; whether it can still be stopped, shipping decides."""
    order = work.of(timer.order_id)
    if order.overdue or order.status is None or order.status.is_final:
        return
    order.overdue = order.stopping = True
    # The only event on its topic for this order, so it is the first of its sequence.
    work.emit(OrderOverdue(order_id=order.order_id, deadline=work.now), sequence=1)
    _tell(order, work)


def _tell(order: Order, work: OrderWork) -> None:
    """Emit the status that follows from the facts, if it is another one than before."""
    if order.status is None:
        return  # the order itself has not been received yet
    status, reason = derive(order)
    if status is not order.status:
        order.reason = reason
        _change(order, status, work)


def _change(order: Order, status: OrderStatus, work: OrderWork) -> None:
    previous = order.status
    order.status = status if previous is None else LIFECYCLE.move(previous, status)
    if status.is_final:
        order.final_at = work.now
    if order.total is None or order.recipient is None or order.placed_at is None:
        raise ValueError(f"{order.order_id} has a status but was never placed")
    work.emit(
        OrderStatusChanged(
            order_id=order.order_id,
            customer_id=order.customer_id or "",
            status=status,
            previous=previous,
            reason=order.reason,
            tracking_code=order.tracking_code,
            country=order.country or "",
            total=order.total,
            recipient=order.recipient,
            placed_at=order.placed_at,
            changed_at=work.now,
            lines=order.lines if previous is None else (),
        )
    )
