"""What the order service says: where an order stands, and that it has waited too long."""

from typing import ClassVar

from pydantic import AwareDatetime

from events.event import OrderEvent
from events.topics import ORDER_OVERDUE, ORDER_STATUS_CHANGED, Topic
from events.values import (
    CancellationReason,
    CountryCode,
    CustomerId,
    Money,
    OrderLine,
    OrderStatus,
    SealedPersonalData,
)


class OrderStatusChanged(OrderEvent):
    """The order's status is now another one.

    The envelope's sequence counts these per order without a gap. `previous` is None for the first,
    and only the first says the `lines`: they stay what they are, and some orders have hundreds.
    """

    topic: ClassVar[Topic] = ORDER_STATUS_CHANGED

    customer_id: CustomerId
    status: OrderStatus
    previous: OrderStatus | None
    reason: CancellationReason | None = None
    tracking_code: str | None = None
    country: CountryCode
    total: Money
    recipient: SealedPersonalData
    placed_at: AwareDatetime
    changed_at: AwareDatetime
    lines: tuple[OrderLine, ...] = ()


class OrderOverdue(OrderEvent):
    """The order has not ended within its deadline."""

    topic: ClassVar[Topic] = ORDER_OVERDUE

    deadline: AwareDatetime
