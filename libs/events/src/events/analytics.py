"""What analytics says: the shop in numbers, one window of time after the other."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from events.event import Event
from events.topics import DASHBOARD_UPDATES, Topic
from events.values import Money, OrderStatus


class DashboardUpdated(Event):
    """How many orders reached which status within one window, and what was earned."""

    topic: ClassVar[Topic] = DASHBOARD_UPDATES

    window_start: AwareDatetime
    window_ms: int = Field(gt=0)
    orders_by_status: dict[OrderStatus, int]
    revenue: Money

    @property
    def key(self) -> str:
        """The start of the window."""
        return self.window_start.isoformat()
