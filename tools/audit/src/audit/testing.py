"""Sound books, and ways to put them wrong: for tests of the auditor."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

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

from audit.books import Books
from audit.listeners import CONSUMED_BY, listeners
from audit.records import (
    Accepted,
    Event,
    Intent,
    KeyUse,
    Label,
    Mail,
    Notice,
    Notification,
    Order,
    Payment,
    Product,
    Reservation,
    Shipment,
    StatusChange,
    Total,
)
from audit.report import judge

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
    """Yield every event of the three stories, each caused by its order's first."""
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


def sound_books() -> Books:
    """Return one order that was bought, one whose card was declined, one that its customer stopped."""
    events = tuple(story_events())
    history = [
        StatusChange(order_id, number, status, way[number - 2] if number > 1 else None)
        for order_id, way in WAYS.items()
        for number, status in enumerate(way, 1)
    ]
    return Books(
        taken_at=NOW,
        accepted=[Accepted(order_id, "alice", PLACED, TOTAL) for order_id in WAYS],
        keys=[KeyUse("alice", f"key of {order_id}", order_id) for order_id in WAYS],
        orders=[_order(order_id, way) for order_id, way in WAYS.items()],
        history=[change._replace(previous=None) for change in history],
        status_changes=history,
        payments=[
            Payment(BOUGHT, "captured", 2, "pi_1", TOTAL),
            Payment(DECLINED, "declined", 1, None, TOTAL),
            Payment(STOPPED, "voided", 2, "pi_3", TOTAL),
        ],
        intents=[
            Intent(BOUGHT, "pi_1", "succeeded", "GBP", TOTAL.amount, 0, 1),
            Intent(DECLINED, "pi_2", "requires_payment_method", "GBP", 0, 0, 0),
            Intent(STOPPED, "pi_3", "canceled", "GBP", 0, 0, 0),
        ],
        products=[Product("MUG", 10, 8, 0, 2)],
        reservations=[
            Reservation(BOUGHT, "committed", 2, UNITS),
            Reservation(STOPPED, "released", 2, UNITS),
        ],
        shipments=[
            Shipment(BOUGHT, "initiated", 1, "shp_1", "T1"),
            Shipment(STOPPED, "cancelled", 1, "shp_3", "T3"),
        ],
        labels=[
            Label(BOUGHT, "shp_1", "pre_transit", "T1"),
            Label(STOPPED, "shp_3", "cancelled", "T3"),
        ],
        notifications=[
            Notification(order_id, "sent", 1, kind, f"<{order_id}>")
            for order_id, kind in KINDS.items()
        ],
        notices=[Notice(order_id, kind, f"<{order_id}>") for order_id, kind in KINDS.items()],
        mails=[Mail(order_id, order_id) for order_id in KINDS],
        events=events,
        inboxes={
            service: frozenset(e.id for e in events if service in listeners(e))
            for service in CONSUMED_BY
        },
        acknowledged={
            (service, e.topic, 0): len(events) for service in CONSUMED_BY for e in events
        },
    )


def _order(order_id: str, way: tuple[str, ...]) -> Order:
    tracking = "T1" if order_id == BOUGHT else None
    return Order(order_id, way[-1], len(way), TOTAL, PLACED, FINISHED, tracking, UNITS)


def found(books: Books) -> dict[str, list[str]]:
    """Return the rules that are broken, each with the subjects that it is broken for."""
    broken: dict[str, list[str]] = {}
    for violation in judge(books).violations:
        broken.setdefault(violation.rule, []).append(violation.subject)
    return broken


def change(rows: Iterable[Any], order_id: str, **fields: Any) -> list[Any]:
    """Return the same rows, with those of one order changed."""
    return [row._replace(**fields) if row.order_id == order_id else row for row in rows]


def without(rows: Iterable[Any], order_id: str) -> list[Any]:
    """Return the same rows, without those of one order."""
    return [row for row in rows if row.order_id != order_id]
