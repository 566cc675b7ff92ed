"""What analytics does about what it hears: count it. There is no database, so no unit of work."""

from datetime import timedelta
from typing import Any

from events import OrderStatus, OrderStatusChanged, WindowCounts
from events.histogram import bucket_of
from messaging import Handlers

handlers = Handlers[Any]("analytics")

MILLISECOND = timedelta(milliseconds=1)


@handlers.on(OrderStatusChanged)
def count_change(event: OrderStatusChanged, counts: WindowCounts) -> None:
    """Count an order's new status in the window in which the order reached it."""
    counts.statuses[event.status.value] += 1
    if event.previous is None:
        counts.countries[event.country] += 1
        for line in event.lines:
            counts.units[line.sku] += line.quantity
    if event.status is OrderStatus.CANCELLED and event.reason is not None:
        counts.reasons[event.reason.value] += 1
    if event.status is OrderStatus.COMPLETED:
        counts.revenue[event.total.currency] += event.total.amount
        counts.latency[bucket_of((event.changed_at - event.placed_at) / MILLISECOND)] += 1
