"""What shipping says: the parcel is on its way, or never will be."""

from typing import ClassVar, Literal

from events.event import OrderEvent
from events.topics import SHIPPING_INITIATED, Topic
from events.values import CancellationReason


class ShippingInitiated(OrderEvent):
    """The carrier has the parcel: the point of no return."""

    topic: ClassVar[Topic] = SHIPPING_INITIATED

    shipment_id: str
    carrier: str
    tracking_code: str


class ShipmentCancelled(OrderEvent):
    """There will be no parcel, whatever else is still heard of the order."""

    topic: ClassVar[Topic] = SHIPPING_INITIATED

    reason: CancellationReason


class CancellationRefused(OrderEvent):
    """The cancellation came after the point of no return."""

    topic: ClassVar[Topic] = SHIPPING_INITIATED

    reason: Literal["already_shipped"] = "already_shipped"
