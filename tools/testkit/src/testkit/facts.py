"""What the services say of the order of the samples."""

from events import (
    CancellationReason,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentVoided,
    ShipmentCancelled,
    ShippingInitiated,
    Shortage,
    StockCommitted,
    StockRejected,
    StockReleased,
    StockReserved,
)

from testkit.samples import LINES, ORDER, SEALED, TOTAL, cancellation, placed

PLACED = placed()
ASKED = cancellation()
AUTHORIZED = PaymentAuthorized(
    order_id=ORDER, payment_id="pi_1", amount=TOTAL, lines=LINES, recipient=SEALED
)
DECLINED = PaymentDeclined(order_id=ORDER, decline_code="card_declined")
CAPTURED = PaymentCaptured(order_id=ORDER, payment_id="pi_1", amount=TOTAL)
VOIDED = PaymentVoided(order_id=ORDER, payment_id="pi_1")
RESERVED = StockReserved(order_id=ORDER, lines=LINES, recipient=SEALED)
REJECTED = StockRejected(order_id=ORDER, shortages=(Shortage(sku="MUG", requested=2, available=1),))
RELEASED = StockReleased(order_id=ORDER)
COMMITTED = StockCommitted(order_id=ORDER, lines=())
SHIPPED = ShippingInitiated(order_id=ORDER, shipment_id="shp_1", carrier="post", tracking_code="T1")
STOPPED = ShipmentCancelled(order_id=ORDER, reason=CancellationReason.BY_CUSTOMER)
