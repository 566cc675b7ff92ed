"""Every type of event by its CloudEvents type name: what a decoder needs to know."""

from events.analytics import DashboardUpdated
from events.dead_letters import DeadLettered, DeadLetterSettled
from events.event import Event
from events.gateway import CancellationRequested, OrderPlaced
from events.inventory import (
    ProductListed,
    StockCommitted,
    StockRejected,
    StockReleased,
    StockReserved,
)
from events.notifier import CustomerNotified
from events.order import OrderOverdue, OrderStatusChanged
from events.payment import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentUnderReview,
    PaymentVoided,
)
from events.shipping import CancellationRefused, ShipmentCancelled, ShippingInitiated

EVENT_TYPES: tuple[type[Event], ...] = (
    OrderPlaced,
    CancellationRequested,
    PaymentAuthorized,
    PaymentDeclined,
    PaymentCaptured,
    PaymentUnderReview,
    PaymentVoided,
    PaymentRefunded,
    StockReserved,
    StockRejected,
    StockReleased,
    StockCommitted,
    ProductListed,
    ShippingInitiated,
    ShipmentCancelled,
    CancellationRefused,
    OrderStatusChanged,
    OrderOverdue,
    CustomerNotified,
    DashboardUpdated,
    DeadLettered,
    DeadLetterSettled,
)

BY_TYPE_NAME: dict[str, type[Event]] = {cls.type_name(): cls for cls in EVENT_TYPES}
