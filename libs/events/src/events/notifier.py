"""What the notifier says: the customer was told."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from events.event import OrderEvent
from events.topics import CUSTOMER_NOTIFIED, Topic

NotificationKind = Literal["order_shipped", "order_cancelled"]


class CustomerNotified(OrderEvent):
    """A message about the order left for the customer; at most one of each kind."""

    topic: ClassVar[Topic] = CUSTOMER_NOTIFIED

    kind: NotificationKind
    channel: Literal["email"] = "email"
    message_id: str
    notified_at: AwareDatetime
