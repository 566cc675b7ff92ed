"""One batch's notifications: loaded and locked together, saved together."""

from collections.abc import Sequence
from typing import ClassVar, Self

from messaging import Rows, UnitOfWork, order_ids
from messaging.delivery import Fact
from servicekit import Connection

from notifier.lifecycle import Notification
from notifier.models import notifications

NOTIFICATIONS = Rows(Notification, notifications)


class NotifierWork(UnitOfWork[Notification]):
    """What the notifier's handlers look up, change, say and ask."""

    service: ClassVar[str] = "notifier"
    aggregate_type: ClassVar[type[Notification]] = Notification

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Lock the notification of every order in the batch."""
        return cls(await NOTIFICATIONS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection: Connection) -> None:
        """Write the notifications back."""
        await NOTIFICATIONS.update(connection, self.aggregates.values())
