"""What the gateway says: a customer asked for something, and we accepted it."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from events.event import OrderEvent
from events.topics import CANCELLATION_REQUESTED, ORDER_PLACED, Topic
from events.values import CountryCode, CustomerId, Money, OrderLine, SealedPersonalData


class OrderPlaced(OrderEvent):
    """An order was accepted: priced, paid for by a token, and addressed."""

    topic: ClassVar[Topic] = ORDER_PLACED

    customer_id: CustomerId
    country: CountryCode
    lines: tuple[OrderLine, ...] = Field(min_length=1)
    total: Money
    payment_token: str
    recipient: SealedPersonalData
    placed_at: AwareDatetime


class CancellationRequested(OrderEvent):
    """The customer asked to stop the order. Whether that is still possible, shipping decides."""

    topic: ClassVar[Topic] = CANCELLATION_REQUESTED

    requested_at: AwareDatetime
