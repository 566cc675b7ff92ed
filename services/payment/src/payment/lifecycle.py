"""The states of one order's payment and the only ways between them."""

from dataclasses import dataclass
from enum import StrEnum

from events import Money, OrderLine, SealedPersonalData
from messaging import Aggregate, Lifecycle


class PaymentStatus(StrEnum):
    """State of the customer's money."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    REFUSED = "refused"
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    CAPTURING = "capturing"
    REVIEW = "review"
    CAPTURED = "captured"
    VOIDING = "voiding"
    VOIDED = "voided"


LIFECYCLE = Lifecycle(
    "payment",
    {
        # Voided without ever having been known is a tombstone: the cancellation came first.
        PaymentStatus.UNKNOWN: frozenset({PaymentStatus.PENDING, PaymentStatus.VOIDED}),
        PaymentStatus.PENDING: frozenset(
            {
                PaymentStatus.AUTHORIZED,
                PaymentStatus.DECLINED,
                PaymentStatus.REFUSED,
                PaymentStatus.VOIDED,
            }
        ),
        # The provider will not even consider it: asked once more, or stopped with nothing held.
        PaymentStatus.REFUSED: frozenset({PaymentStatus.PENDING, PaymentStatus.VOIDED}),
        PaymentStatus.AUTHORIZED: frozenset({PaymentStatus.CAPTURING, PaymentStatus.VOIDING}),
        PaymentStatus.CAPTURING: frozenset({PaymentStatus.CAPTURED, PaymentStatus.REVIEW}),
        PaymentStatus.REVIEW: frozenset({PaymentStatus.CAPTURED}),
        PaymentStatus.VOIDING: frozenset({PaymentStatus.VOIDED}),
        PaymentStatus.DECLINED: frozenset(),
        PaymentStatus.CAPTURED: frozenset(),
        PaymentStatus.VOIDED: frozenset(),
    },
)


@dataclass(slots=True)
class Payment(Aggregate):
    """The money of one order.

    `payment_id` is the provider's name for it. Lines and recipient are kept only until they have
    been handed on with `PaymentAuthorized`.
    """

    status: PaymentStatus = PaymentStatus.UNKNOWN
    cancellation_noted: bool = False
    payment_id: str | None = None
    amount: Money | None = None
    lines: tuple[OrderLine, ...] = ()
    recipient: SealedPersonalData | None = None

    def become(self, status: PaymentStatus) -> None:
        """Change state; raises `IllegalTransitionError` where the lifecycle does not allow it."""
        self.status = LIFECYCLE.apply(self.status, status)
