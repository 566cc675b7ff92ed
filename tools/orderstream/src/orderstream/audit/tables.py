"""Which tables of the services are books, and how their rows become records."""

import json
from collections.abc import Callable
from typing import Any

from orderstream.audit.records import (
    Accepted,
    KeyUse,
    Notification,
    Order,
    Payment,
    Product,
    Reservation,
    Shipment,
    Total,
)
from orderstream.audit.said import StatusChange

Make = Callable[..., Any]


def _total(text: str | None) -> Total | None:
    return None if text is None else Total(**json.loads(text))


def _units(text: str) -> tuple[tuple[str, int], ...]:
    return tuple((line["sku"], line["quantity"]) for line in json.loads(text))


def _accepted(order_id: str, customer_id: str, placed_at: Any, total: str) -> Accepted:
    return Accepted(order_id, customer_id, placed_at, Total(**json.loads(total)))


def _order(*row: Any) -> Order:
    order_id, status, version, total, placed_at, final_at, tracking_code, lines = row
    units = _units(lines)
    return Order(
        order_id, status, version, _total(total), placed_at, final_at, tracking_code, units
    )


def _payment(order_id: str, status: str, version: int, payment_id: str, amount: str) -> Payment:
    return Payment(order_id, status, version, payment_id, _total(amount))


def _reservation(order_id: str, status: str, version: int, lines: str) -> Reservation:
    return Reservation(order_id, status, version, _units(lines))


# What each service's own tables hold, by the name of the field of the books.
OWN: dict[str, tuple[tuple[str, Make, str], ...]] = {
    "gateway": (
        (
            "accepted",
            _accepted,
            "SELECT order_id, customer_id, placed_at, document::jsonb ->> 'total' FROM accepted_orders",
        ),
        ("keys", KeyUse, "SELECT customer_id, key, order_id FROM idempotency_keys"),
    ),
    "order": (
        (
            "orders",
            _order,
            "SELECT order_id, status, version, total, placed_at, final_at, tracking_code, lines FROM orders",
        ),
        ("history", StatusChange, "SELECT order_id, sequence, status FROM order_history"),
    ),
    "payment": (
        (
            "payments",
            _payment,
            "SELECT order_id, status, version, payment_id, amount FROM payments",
        ),
    ),
    "inventory": (
        ("products", Product, "SELECT sku, initial, on_hand, reserved, shipped FROM products"),
        (
            "reservations",
            _reservation,
            "SELECT order_id, status, version, lines FROM reservations",
        ),
    ),
    "shipping": (
        (
            "shipments",
            Shipment,
            "SELECT order_id, status, version, shipment_id, tracking_code FROM shipments",
        ),
    ),
    "notifier": (
        (
            "notifications",
            Notification,
            "SELECT order_id, status, version, kind, message_id FROM notifications",
        ),
    ),
}
