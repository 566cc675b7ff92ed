"""The books of a small shop in which everything is right."""

from orderstream.audit.books import Books
from orderstream.audit.heard import HEARD, listeners
from orderstream.audit.records import (
    Accepted,
    Intent,
    KeyUse,
    Label,
    Mail,
    Notification,
    Order,
    Payment,
    Product,
    Reservation,
    Shipment,
)
from orderstream.audit.said import Notice, StatusChange
from orderstream.audit.testing.stories import (
    BOUGHT,
    DECLINED,
    FINISHED,
    KINDS,
    NOW,
    PLACED,
    STOPPED,
    TOTAL,
    UNITS,
    WAYS,
    story_events,
)


def sound_books() -> Books:
    """One order that was bought, one whose card was declined, one that its customer stopped."""
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
            service: frozenset(e.id for e in events if service in listeners(e)) for service in HEARD
        },
        acknowledged={(service, e.topic, 0): len(events) for service in HEARD for e in events},
    )


def _order(order_id: str, way: tuple[str, ...]) -> Order:
    tracking = "T1" if order_id == BOUGHT else None
    return Order(order_id, way[-1], len(way), TOTAL, PLACED, FINISHED, tracking, UNITS)
