"""Metrics of orders: how many are open and how old, and how long they took."""

from datetime import datetime

from events import OrderStatus
from servicekit.metrics import Vocabulary

BUCKETS_S = (0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600)

_orders = Vocabulary("order-worker")
OPEN = _orders.gauge(
    "orders_open",
    "Orders that have not ended, by status; each instance tells all of them.",
    "status",
)
OLDEST = _orders.gauge(
    "order_oldest_open_seconds", "Age of the oldest open order, by status.", "status"
)
OVERDUE = _orders.gauge("orders_overdue", "Open orders that are past their deadline.")
SECONDS = _orders.histogram(
    "order_seconds",
    "Seconds from the placing of an order to its end: completed or cancelled.",
    "outcome",
    buckets=BUCKETS_S,
)


def note_end(status: OrderStatus, placed_at: datetime, ended_at: datetime) -> None:
    """Count an order that has ended, with the time that it took."""
    SECONDS.labels(status.value).observe(max(0.0, (ended_at - placed_at).total_seconds()))
