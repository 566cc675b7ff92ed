"""One batch's notifications: loaded and locked together, saved together; and what webhooks tell."""

from collections.abc import Sequence
from typing import ClassVar, Self

from events import OrderStatusChanged
from messaging import Fact, Rows, UnitOfWork, order_ids
from servicekit import Connection

from notifier.lifecycle import Notification
from notifier.models import notifications
from notifier.webhooks.message import Told, write_deliveries

NOTIFICATIONS = Rows(Notification, notifications)


class NotifierWork(UnitOfWork[Notification]):
    """Unit of work of the notifier's handlers."""

    service: ClassVar[str] = "notifier"
    aggregate_type: ClassVar[type[Notification]] = Notification

    def __init__(self, aggregates: dict[str, Notification] | None = None) -> None:
        super().__init__(aggregates)
        self.told: list[Told] = []

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock the notification of every order in the batch."""
        return cls(await NOTIFICATIONS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection: Connection) -> None:
        """Write the notifications back, and the webhooks that were asked for."""
        await NOTIFICATIONS.update(connection, self.aggregates.values())
        await write_deliveries(connection, self.told)

    def tell(self, event: OrderStatusChanged) -> None:
        """Let the customer's own systems know, if there are any that want to."""
        self.told.append(Told(event, self.cause.sequence, self.cause.traceparent))
