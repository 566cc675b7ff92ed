"""Facts about orders whose country and currency no other test has."""

from datetime import timedelta

from events import CancellationReason, Money, OrderLine, OrderStatus, OrderStatusChanged
from testkit.samples import NOON, changed

CURRENCY = "TOP"  # no other test sells for it, so that no other revenue is counted with ours
COUNTRY = "ZZ"


def change(
    order_id, status=OrderStatus.ACCEPTED, *, at=NOON, took_ms=0, reason=None, units=1
) -> OrderStatusChanged:
    """An order's new status, reached so long after it was placed."""
    first = status is OrderStatus.ACCEPTED
    return changed(
        status,
        order_id,
        previous=None if first else OrderStatus.ACCEPTED,
        reason=reason and CancellationReason(reason),
        country=COUNTRY,
        total=Money(amount=250, currency=CURRENCY),
        placed_at=at - timedelta(milliseconds=took_ms),
        changed_at=at,
        lines=(OrderLine(sku="MUG", name="Mug", quantity=units, unit_price=250),) if first else (),
    )
