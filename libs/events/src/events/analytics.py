"""What analytics says: the shop in numbers, one window of time after the other."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.event import Event
from events.topics import DASHBOARD_UPDATES, Topic
from events.values import CancellationReason, CountryCode, Money, OrderStatus, Sku

Count = Annotated[int, Field(ge=0)]


class DashboardUpdated(Event):
    """How many orders reached which status within one window, and what was earned.

    A partial window: what one partition of the orders' statuses says about it. The whole window is
    the sum over its partitions. Each update replaces those of the same window and partition with a
    lower `revision`; it says all that is known and not what is new, so that a repeat and a lost one
    do no harm. A window that is `closed` is over, and changes only if facts come late.

    `orders_by_country` and `units_by_product` count the orders that were accepted, the latter for
    the products with the most units. `latency_buckets` is the time from acceptance to completion
    by `events.histogram`. `late` are facts that came when their own window had been forgotten.
    """

    topic: ClassVar[Topic] = DASHBOARD_UPDATES

    window_start: AwareDatetime
    window_ms: int = Field(gt=0)
    orders_by_status: dict[OrderStatus, int]
    revenue: Money
    partition: int = Field(0, ge=0)
    revision: int = Field(0, ge=0)
    closed: bool = False
    orders_by_country: dict[CountryCode, Count] = Field({})
    cancelled_by_reason: dict[CancellationReason, Count] = Field({})
    units_by_product: dict[Sku, Count] = Field({})
    latency_buckets: dict[int, Count] = Field({})
    late: Count = 0

    @property
    def key(self) -> str:
        """The start of the window and its partition."""
        return f"{self.window_start.isoformat()}/{self.partition}"
