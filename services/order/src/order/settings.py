"""What the order service needs to know besides what every service does."""

from events import OrderId
from pydantic import AwareDatetime, Field
from servicekit import BrokerSettings, MigrationSettings, ServiceSettings


class OrderSettings(ServiceSettings):
    """`DEADLINE_S` is the time in seconds that an order has before it is called overdue."""

    deadline_s: float = Field(default=300, gt=0)


class ReplaySettings(BrokerSettings, MigrationSettings):
    """Settings of a replay: a database of its own, and which orders to rebuild, by default all.

    `ORDER_ID` names one; `SINCE` and `UNTIL` are times between which orders were placed.
    """

    order_id: OrderId | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
