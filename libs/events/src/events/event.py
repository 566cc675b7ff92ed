"""What every event has in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from events.topics import Topic
from events.values import OrderId

TYPE_PREFIX = "orderstream"


class Event(BaseModel):
    """A fact that happened, named in the past tense.

    A subclass names the topic that carries it. Unknown fields are ignored, so that a reader keeps
    working when a writer starts to say more.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[Topic]
    version: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """Return the CloudEvents type: `orderstream.PaymentAuthorized.v1`."""
        return f"{TYPE_PREFIX}.{cls.__name__}.v{cls.version}"

    @property
    def key(self) -> str:
        """What the record is partitioned by: all facts of one key stay in order."""
        raise NotImplementedError


class OrderEvent(Event):
    """A fact about one order."""

    order_id: OrderId

    @property
    def key(self) -> str:
        """The order."""
        return self.order_id
