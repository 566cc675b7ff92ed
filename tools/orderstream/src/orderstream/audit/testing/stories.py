"""Three orders that went well, and everything that was said about them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from events import (
    CustomerNotified,
    OrderEvent,
    OrderPlaced,
    OrderStatusChanged,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentVoided,
    ShipmentCancelled,
    ShippingInitiated,
    StockCommitted,
    StockReleased,
    StockReserved,
)

from orderstream.audit.records import (
    Total,
)
from orderstream.audit.said import Event

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PLACED = NOW - timedelta(minutes=30)
FINISHED = PLACED + timedelta(seconds=2)
TOTAL = Total(1998, "GBP")
UNITS = (("MUG", 2),)
BOUGHT, DECLINED, STOPPED = "ord_bought", "ord_declined", "ord_stopped"
STORIES: dict[str, tuple[type[OrderEvent], ...]] = {
    BOUGHT: (
        OrderPlaced,
        PaymentAuthorized,
        StockReserved,
        ShippingInitiated,
        PaymentCaptured,
        StockCommitted,
    ),
    DECLINED: (OrderPlaced, PaymentDeclined),
    STOPPED: (
        OrderPlaced,
        PaymentAuthorized,
        StockReserved,
        ShipmentCancelled,
        PaymentVoided,
        StockReleased,
    ),
}
WAYS = {
    BOUGHT: ("accepted", "authorized", "reserved", "shipped", "completed"),
    DECLINED: ("accepted", "cancelled"),
    STOPPED: ("accepted", "authorized", "reserved", "cancelling", "cancelled"),
}
KINDS = {BOUGHT: "order_shipped", DECLINED: "order_cancelled", STOPPED: "order_cancelled"}


def story_events() -> Iterable[Event]:
    """Every event of the three stories, each caused by its order's first."""
    counted: dict[tuple[str, str], int] = {}
    for order_id, story in STORIES.items():
        first = f"{order_id}/OrderPlaced/1"
        changes = [OrderStatusChanged] * len(WAYS[order_id])
        said: list[type[OrderEvent]] = [*story, *changes, CustomerNotified]
        for kind in said:
            place = (order_id, kind.topic.name)
            number = counted[place] = counted.get(place, 0) + 1
            event_id = f"{order_id}/{kind.__name__}/{number}"
            yield Event(
                topic=kind.topic.name,
                partition=0,
                offset=number,
                at_ms=int(PLACED.timestamp() * 1000),
                id=event_id,
                type=kind.type_name(),
                source=kind.topic.written_by,
                order_id=order_id,
                sequence=number,
                causation_id=None if event_id == first else first,
                status=WAYS[order_id][number - 1] if kind is OrderStatusChanged else None,
            )
