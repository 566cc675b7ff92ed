"""What analytics does about what it consumes: count it. There is no database, so no unit of work."""

from collections import Counter
from datetime import timedelta
from typing import Any

from events import OrderStatus, OrderStatusChanged, WindowCounts
from events.histogram import bucket_of
from messaging import Handlers

handlers = Handlers[Any]("analytics")

MILLISECOND = timedelta(milliseconds=1)
MOST_PRODUCTS = 5_000
"""The most products that a window counts: with the longest codes it still fits into one record."""


@handlers.on(OrderStatusChanged)
def count_change(event: OrderStatusChanged, counts: WindowCounts) -> None:
    """Count an order's new status in the window in which the order reached it."""
    counts.statuses[event.status.value] += 1
    if event.previous is None:
        counts.countries[event.country] += 1
        _count_units(event, counts.units)
    if event.status is OrderStatus.CANCELLED and event.reason is not None:
        counts.reasons[event.reason.value] += 1
    if event.status is OrderStatus.COMPLETED:
        counts.revenue[event.total.currency] += event.total.amount
        counts.latency[bucket_of((event.changed_at - event.placed_at) / MILLISECOND)] += 1


def _count_units(event: OrderStatusChanged, units: Counter[str]) -> None:
    """Count what was ordered, but for products that come when the window has its fill."""
    for line in event.lines:
        if line.sku in units or len(units) < MOST_PRODUCTS:
            units[line.sku] += line.quantity
