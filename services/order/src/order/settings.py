"""What the order service needs to know besides what every service does."""

from pydantic import Field
from servicekit import ServiceSettings


class OrderSettings(ServiceSettings):
    """`DEADLINE_S` is the time in seconds that an order has before it is called overdue."""

    deadline_s: float = Field(default=300, gt=0)
