"""Which service acts on which events: what must be in its inbox."""

from collections.abc import Mapping

from events import (
    CancellationRefused,
    CancellationRequested,
    DeadLettered,
    DeadLetterSettled,
    OrderEvent,
    OrderOverdue,
    OrderPlaced,
    OrderStatusChanged,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentUnderReview,
    PaymentVoided,
    ShipmentCancelled,
    ShippingInitiated,
    StockCommitted,
    StockRejected,
    StockReleased,
    StockReserved,
)

from audit.records import Event

# An auditor states for itself what should happen; a test compares this with the services' handlers.
CONSUMED_BY: Mapping[str, tuple[type[OrderEvent], ...]] = {
    "order": (
        OrderPlaced,
        CancellationRequested,
        PaymentAuthorized,
        PaymentDeclined,
        PaymentCaptured,
        PaymentUnderReview,
        PaymentVoided,
        StockReserved,
        StockRejected,
        StockReleased,
        StockCommitted,
        ShippingInitiated,
        ShipmentCancelled,
        CancellationRefused,
        DeadLettered,
        DeadLetterSettled,
    ),
    "payment": (OrderPlaced, StockRejected, ShipmentCancelled, ShippingInitiated),
    "inventory": (PaymentAuthorized, ShippingInitiated, ShipmentCancelled),
    "shipping": (StockReserved, CancellationRequested, OrderOverdue),
    "notifier": (OrderStatusChanged,),
}

_LISTENERS: Mapping[str, tuple[str, ...]] = {
    event.type_name(): tuple(service for service, types in CONSUMED_BY.items() if event in types)
    for types in CONSUMED_BY.values()
    for event in types
}


def listeners(event: Event) -> tuple[str, ...]:
    """Return the services that act on an event."""
    return _LISTENERS.get(event.type, ())


def acting_on(topic: str, type_name: str | None = None) -> tuple[str, ...]:
    """Return the services that act on the events of a topic, or on those of one type there."""

    def acts(types: tuple[type[OrderEvent], ...]) -> bool:
        return topic in {one.topic.name for one in types} and (
            type_name is None or type_name in {one.type_name() for one in types}
        )

    return tuple(service for service, types in CONSUMED_BY.items() if acts(types))
