"""What payment says: what became of the customer's money."""

from typing import ClassVar

from pydantic import Field

from events.event import OrderEvent
from events.topics import PAYMENT_PROCESSED, Topic
from events.values import Money, OrderLine, SealedPersonalData


class PaymentAuthorized(OrderEvent):
    """The provider holds the money. Carries what inventory and shipping need for their steps."""

    topic: ClassVar[Topic] = PAYMENT_PROCESSED

    payment_id: str
    amount: Money
    lines: tuple[OrderLine, ...] = Field(min_length=1)
    recipient: SealedPersonalData


class PaymentDeclined(OrderEvent):
    """The provider refused the payment; `decline_code` is the provider's reason."""

    topic: ClassVar[Topic] = PAYMENT_PROCESSED

    decline_code: str


class PaymentCaptured(OrderEvent):
    """The held money was taken."""

    topic: ClassVar[Topic] = PAYMENT_PROCESSED

    payment_id: str
    amount: Money


class PaymentUnderReview(OrderEvent):
    """The parcel is on its way and the provider does not let us take the money; people should look.

    It is asked on and on; `tries` says how often so far. `PaymentCaptured` may still follow.
    """

    topic: ClassVar[Topic] = PAYMENT_PROCESSED

    payment_id: str
    amount: Money
    tries: int = Field(ge=1)


class PaymentVoided(OrderEvent):
    """Nothing is held any more; `payment_id` is None where nothing ever was."""

    topic: ClassVar[Topic] = PAYMENT_PROCESSED

    payment_id: str | None = None


class PaymentRefunded(OrderEvent):
    """Money that had been taken was given back, all of it or a part."""

    topic: ClassVar[Topic] = PAYMENT_PROCESSED

    payment_id: str
    amount: Money
