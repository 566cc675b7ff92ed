"""What a service can be told besides events: answers from the outside world, and alarms of its own."""

from events import OrderId
from pydantic import BaseModel, ConfigDict


class LocalFact(BaseModel):
    """Something that one service learned by itself about an order; it never travels on a topic."""

    model_config = ConfigDict(frozen=True)

    order_id: OrderId


class Answer(LocalFact):
    """What the outside world answered to a command."""


class Alarm(LocalFact):
    """Time has passed. An alarm may ring twice, so its handler must look at the state first."""
