"""What inventory does about what it consumes: set goods aside, put them back, or let them go."""

from collections import Counter

from events import (
    PaymentAuthorized,
    ShipmentCancelled,
    ShippingInitiated,
    Shortage,
    StockCommitted,
    StockLine,
    StockRejected,
    StockReleased,
    StockReserved,
)
from messaging import Handlers

from inventory.lifecycle import ReservationStatus
from inventory.unit_of_work import InventoryWork

handlers = Handlers[InventoryWork]("inventory")


@handlers.on(PaymentAuthorized, emits=[StockReserved, StockRejected])
def reserve_stock(event: PaymentAuthorized, work: InventoryWork) -> None:
    """Set every line of a paid order aside, or none of them."""
    reservation = work.of(event.order_id)
    if reservation.status is ReservationStatus.RELEASED:
        return  # the cancellation overtook the payment
    if reservation.status is not ReservationStatus.UNKNOWN:
        # It was answered before; what the shelf holds today would be another answer.
        reservation.become(reservation.status)
    wanted: Counter[str] = Counter()
    for line in event.lines:
        wanted[line.sku] += line.quantity
    shortages = _shortages(wanted, work)
    if shortages:
        reservation.become(ReservationStatus.REJECTED)
        work.emit(StockRejected(order_id=event.order_id, shortages=shortages))
        return
    reservation.become(ReservationStatus.RESERVED)
    reservation.lines = tuple(StockLine(sku=sku, quantity=n) for sku, n in wanted.items())
    for sku, quantity in wanted.items():
        work.stock_of(sku).reserve(quantity)
    work.emit(StockReserved(order_id=event.order_id, lines=event.lines, recipient=event.recipient))


@handlers.on(ShippingInitiated, emits=[StockCommitted])
def commit_stock(event: ShippingInitiated, work: InventoryWork) -> None:
    """Take what was set aside off the shelf: the parcel is on its way."""
    reservation = work.of(event.order_id)
    reservation.become(ReservationStatus.COMMITTED)
    for line in reservation.lines:
        work.stock_of(line.sku).commit(line.quantity)
    work.emit(StockCommitted(order_id=event.order_id, lines=reservation.lines))


@handlers.on(ShipmentCancelled, emits=[StockReleased])
def release_stock(event: ShipmentCancelled, work: InventoryWork) -> None:
    """Put back what was set aside, and set nothing aside later: there will be no parcel."""
    reservation = work.of(event.order_id)
    if reservation.status is ReservationStatus.REJECTED:
        return  # nothing was set aside, and everybody knows
    reservation.become(ReservationStatus.RELEASED)
    for line in reservation.lines:
        work.stock_of(line.sku).release(line.quantity)
    work.emit(StockReleased(order_id=event.order_id, lines=reservation.lines))


def _shortages(wanted: Counter[str], work: InventoryWork) -> tuple[Shortage, ...]:
    return tuple(
        Shortage(sku=sku, requested=quantity, available=work.stock_of(sku).on_hand)
        for sku, quantity in wanted.items()
        if work.stock_of(sku).on_hand < quantity
    )
