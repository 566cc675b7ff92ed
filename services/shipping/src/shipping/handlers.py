"""What shipping does about what it consumes: book the carrier, and decide what can still be stopped."""

from events import (
    CancellationReason,
    CancellationRefused,
    CancellationRequested,
    OrderOverdue,
    ShipmentCancelled,
    ShippingInitiated,
    StockReserved,
)
from messaging import CommandRedriven, CommandRefused, Handlers

from shipping.commands import (
    Booked,
    BookingCancelled,
    BookParcel,
    CancelBooking,
    Undeliverable,
    commands,
)
from shipping.lifecycle import Shipment, ShipmentStatus
from shipping.unit_of_work import ShippingWork

handlers = Handlers[ShippingWork]("shipping")


WAITING_FOR = {
    BookParcel: {ShipmentStatus.BOOKING, ShipmentStatus.REFUSED},
    CancelBooking: {ShipmentStatus.CANCELLING},
}
"""Where a shipment stands that an answer to the command would still move on."""


@handlers.on(StockReserved, asks=[BookParcel])
def book_parcel(event: StockReserved, work: ShippingWork) -> None:
    """Ask the carrier to take the parcel."""
    shipment = work.of(event.order_id)
    if shipment.status is ShipmentStatus.CANCELLED:
        return  # the cancellation overtook the goods
    shipment.become(ShipmentStatus.BOOKING)
    units = sum(line.quantity for line in event.lines)
    work.ask(BookParcel(order_id=event.order_id, units=units, recipient=event.recipient))


@handlers.on(Booked, emits=[ShippingInitiated], asks=[CancelBooking])
def record_booking(answer: Booked, work: ShippingWork) -> None:
    """Record that the carrier has the parcel; let it go, or take it back if the order was stopped."""
    shipment = work.of(answer.order_id)
    stopped = shipment.cancellation_noted is not None
    shipment.become(ShipmentStatus.CANCELLING if stopped else ShipmentStatus.INITIATED)
    shipment.shipment_id = answer.shipment_id
    shipment.carrier, shipment.tracking_code = answer.carrier, answer.tracking_code
    if stopped:
        work.ask(CancelBooking(order_id=answer.order_id, shipment_id=answer.shipment_id))
        return
    work.emit(
        ShippingInitiated(
            order_id=answer.order_id,
            shipment_id=answer.shipment_id,
            carrier=answer.carrier,
            tracking_code=answer.tracking_code,
        )
    )


@handlers.on(Undeliverable, emits=[ShipmentCancelled])
def cancel_undeliverable(answer: Undeliverable, work: ShippingWork) -> None:
    """End the order as if it had been cancelled: the carrier does not go there."""
    shipment = work.of(answer.order_id)
    _cancel(shipment, shipment.cancellation_noted or CancellationReason.UNDELIVERABLE, work)


@handlers.on(CommandRefused, emits=[ShipmentCancelled], where=lambda fact: fact.is_final)
def record_refused_command(fact: CommandRefused, work: ShippingWork) -> None:
    """Leave a parcel that the carrier will never take to people, unless the order was stopped."""
    shipment = work.of(fact.order_id)
    if shipment.status is not ShipmentStatus.BOOKING or fact.command != BookParcel.kind():
        return  # of a parcel that is booked, nothing is decided without people
    if shipment.cancellation_noted is not None:
        _cancel(shipment, shipment.cancellation_noted, work)
    else:
        shipment.become(ShipmentStatus.REFUSED)


@handlers.on(CommandRedriven, asks=[BookParcel, CancelBooking])
def ask_again(fact: CommandRedriven, work: ShippingWork) -> None:
    """Ask the carrier once more, with the same key, if that is still to be done."""
    shipment, command = work.of(fact.order_id), commands.read(fact.command, fact.body)
    if shipment.status not in WAITING_FOR[type(command)]:
        return
    if shipment.status is ShipmentStatus.REFUSED:
        shipment.become(ShipmentStatus.BOOKING)
    work.ask(command)


@handlers.on(BookingCancelled, emits=[ShipmentCancelled])
def record_cancelled_booking(answer: BookingCancelled, work: ShippingWork) -> None:
    """Record that the carrier gave the parcel back."""
    shipment = work.of(answer.order_id)
    _cancel(shipment, shipment.cancellation_noted or CancellationReason.BY_CUSTOMER, work)


@handlers.on(CancellationRequested, emits=[ShipmentCancelled, CancellationRefused])
def stop_for_customer(event: CancellationRequested, work: ShippingWork) -> None:
    """Stop the order if its parcel is not on its way."""
    _stop(event.order_id, CancellationReason.BY_CUSTOMER, work)


@handlers.on(OrderOverdue, emits=[ShipmentCancelled, CancellationRefused])
def stop_overdue(event: OrderOverdue, work: ShippingWork) -> None:
    """Stop an order that has waited too long, if its parcel is not on its way."""
    _stop(event.order_id, CancellationReason.OVERDUE, work)


def _stop(order_id: str, reason: CancellationReason, work: ShippingWork) -> None:
    shipment = work.of(order_id)
    match shipment.status:
        case ShipmentStatus.UNKNOWN | ShipmentStatus.REFUSED:
            _cancel(shipment, reason, work)
        case ShipmentStatus.BOOKING:
            shipment.cancellation_noted = shipment.cancellation_noted or reason
        case ShipmentStatus.INITIATED:
            work.emit(CancellationRefused(order_id=order_id))
        case ShipmentStatus.CANCELLING | ShipmentStatus.CANCELLED:
            pass  # it is stopped


def _cancel(shipment: Shipment, reason: CancellationReason, work: ShippingWork) -> None:
    shipment.become(ShipmentStatus.CANCELLED)
    work.emit(ShipmentCancelled(order_id=shipment.order_id, reason=reason))
