"""The states of the one message that an order's customer gets about its end."""

from dataclasses import dataclass
from enum import StrEnum

from events import NotificationKind
from messaging import Aggregate, Lifecycle


class NotificationStatus(StrEnum):
    """State of the message."""

    UNKNOWN = "unknown"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"


LIFECYCLE = Lifecycle(
    "notification",
    {
        NotificationStatus.UNKNOWN: frozenset({NotificationStatus.SENDING}),
        NotificationStatus.SENDING: frozenset(
            {NotificationStatus.SENT, NotificationStatus.REFUSED}
        ),
        NotificationStatus.SENT: frozenset(),
        # An operator may have fixed what the mail server did not accept.
        NotificationStatus.REFUSED: frozenset({NotificationStatus.SENDING}),
    },
)


@dataclass(slots=True)
class Notification(Aggregate):
    """The message about one order: either that it was shipped, or that it was cancelled."""

    status: NotificationStatus = NotificationStatus.UNKNOWN
    kind: str | None = None
    message_id: str | None = None

    def become(self, status: NotificationStatus) -> None:
        """Change state; raises `IllegalTransitionError` where the lifecycle does not allow it."""
        self.status = LIFECYCLE.apply(self.status, status)


KIND_BY_STATUS: dict[str, NotificationKind] = {
    "shipped": "order_shipped",
    # A customer whose order was shipped and completed at once is told all the same.
    "completed": "order_shipped",
    "cancelled": "order_cancelled",
}
