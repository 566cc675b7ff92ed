"""What the services say to each other: events, their topics, and their form on the wire."""

from events.analytics import DashboardUpdated
from events.catalogue import BY_TYPE_NAME, EVENT_TYPES
from events.dead_letters import DeadLettered, DeadLetterOutcome, DeadLetterSettled
from events.envelope import Envelope
from events.event import Event, OrderEvent
from events.gateway import CancellationRequested, OrderPlaced
from events.inventory import (
    ProductListed,
    StockCommitted,
    StockRejected,
    StockReleased,
    StockReserved,
)
from events.notifier import CustomerNotified, NotificationKind
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
from events.topics import (
    CHANGELOGS,
    DEAD_LETTERS,
    EVENT_TOPICS,
    EVERY_WORKER,
    TOPICS,
    Topic,
    topics_of,
)
from events.values import (
    CancellationReason,
    CountryCode,
    CustomerId,
    Money,
    OrderId,
    OrderLine,
    OrderStatus,
    SealedPersonalData,
    Shortage,
    Sku,
    StockLine,
)
from events.waits import Waits
from events.window_counts import WindowCounts
from events.wire import Record, UndecodableRecordError, decode, encode, type_name_of

__all__ = [
    "BY_TYPE_NAME",
    "CHANGELOGS",
    "DEAD_LETTERS",
    "EVENT_TOPICS",
    "EVENT_TYPES",
    "EVERY_WORKER",
    "TOPICS",
    "CancellationReason",
    "CancellationRefused",
    "CancellationRequested",
    "CountryCode",
    "CustomerId",
    "CustomerNotified",
    "DashboardUpdated",
    "DeadLetterOutcome",
    "DeadLetterSettled",
    "DeadLettered",
    "Envelope",
    "Event",
    "Money",
    "NotificationKind",
    "OrderEvent",
    "OrderId",
    "OrderLine",
    "OrderOverdue",
    "OrderPlaced",
    "OrderStatus",
    "OrderStatusChanged",
    "PaymentAuthorized",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentRefunded",
    "PaymentUnderReview",
    "PaymentVoided",
    "ProductListed",
    "Record",
    "SealedPersonalData",
    "ShipmentCancelled",
    "ShippingInitiated",
    "Shortage",
    "Sku",
    "StockCommitted",
    "StockLine",
    "StockRejected",
    "StockReleased",
    "StockReserved",
    "Topic",
    "UndecodableRecordError",
    "Waits",
    "WindowCounts",
    "decode",
    "encode",
    "topics_of",
    "type_name_of",
]
