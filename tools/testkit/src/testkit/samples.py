"""An order like any other, and its events; whoever needs another one names the difference."""

import uuid
from datetime import UTC, datetime
from typing import Any

from events import (
    CancellationRequested,
    Envelope,
    Event,
    Money,
    OrderLine,
    OrderPlaced,
    OrderStatus,
    OrderStatusChanged,
    SealedPersonalData,
)

NOON = datetime(2010, 12, 1, 12, tzinfo=UTC)
ORDER = "ord_" + "1" * 32
LINES = (OrderLine(sku="MUG", name="a mug", quantity=2, unit_price=295),)
TOTAL = Money(amount=590, currency="GBP")
SEALED = SealedPersonalData(key_id="k1", sealed="c2VhbGVk")
"""A recipient that only the keeper of a key can read."""
LABEL = "y" * 50 + "."
RECIPIENT = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "street": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}


def new_order(at: datetime | None = None) -> str:
    """Give the id of an order that was never placed; it holds the time, as all of them do."""
    milliseconds = int((at or datetime.now(UTC)).timestamp() * 1000)
    return f"ord_{milliseconds:012x}{uuid.uuid4().hex[12:]}"


def placed(order_id: str = ORDER, **changes: Any) -> OrderPlaced:
    """Give an order as the gateway says it."""
    known: dict[str, Any] = {
        "customer_id": "cus_1",
        "country": "GB",
        "lines": LINES,
        "total": TOTAL,
        "payment_token": "tok_visa",
        "recipient": SEALED,
        "placed_at": NOON,
    }
    return OrderPlaced(order_id=order_id, **(known | changes))


def cancellation(order_id: str = ORDER) -> CancellationRequested:
    """Give a customer's wish to stop an order."""
    return CancellationRequested(order_id=order_id, requested_at=NOON)


def changed(status: OrderStatus | str, order_id: str = ORDER, **changes: Any) -> OrderStatusChanged:
    """Give an order's new status as the order service says it."""
    known: dict[str, Any] = {
        "customer_id": "cus_1",
        "previous": None,
        "country": "GB",
        "total": TOTAL,
        "recipient": SEALED,
        "placed_at": NOON,
        "changed_at": NOON,
    }
    return OrderStatusChanged(order_id=order_id, status=OrderStatus(status), **(known | changes))


def enveloped(event: Event, **known: Any) -> Envelope:
    """Put an event into an envelope; the same event put twice has two ids."""
    fields: dict[str, Any] = {
        "source": event.topic.written_by,
        "time": NOON,
        "correlation_id": event.key,
        "sequence": 1,
    }
    return Envelope(event=event, id=uuid.uuid4(), **(fields | known))


def host_of_length(length: int) -> str:
    """Return a host name of so many letters, dots included; a label has at most 63 (RFC 1035, 2.3.4)."""
    return (LABEL * length)[:length]
