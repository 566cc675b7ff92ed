"""Who acts on which events: what must be in whose inbox."""

from collections.abc import Mapping

from events import (
    CancellationRequested,
    OrderEvent,
    OrderOverdue,
    OrderPlaced,
    OrderStatusChanged,
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentVoided,
    ShipmentCancelled,
    ShippingInitiated,
    StockCommitted,
    StockRejected,
    StockReleased,
    StockReserved,
)

# An auditor states for itself what should happen; a test compares this with the services' handlers.
HEARD: Mapping[str, tuple[type[OrderEvent], ...]] = {
    "order": (
        OrderPlaced,
        CancellationRequested,
        PaymentAuthorized,
        PaymentDeclined,
        PaymentCaptured,
        PaymentVoided,
        StockReserved,
        StockRejected,
        StockReleased,
        StockCommitted,
        ShippingInitiated,
        ShipmentCancelled,
    ),
    "payment": (OrderPlaced, StockRejected, ShipmentCancelled, ShippingInitiated),
    "inventory": (PaymentAuthorized, ShippingInitiated, ShipmentCancelled),
    "shipping": (StockReserved, CancellationRequested, OrderOverdue),
    "notifier": (OrderStatusChanged,),
}

LISTENERS: Mapping[str, tuple[str, ...]] = {
    event.type_name(): tuple(service for service, types in HEARD.items() if event in types)
    for types in HEARD.values()
    for event in types
}
"""The services that act on each type of event, by the type's name on the wire."""
