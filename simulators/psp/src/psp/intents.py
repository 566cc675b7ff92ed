"""A payment intent and the only ways in which it may change."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psp.errors import DECLINE_MESSAGES, invalid


class Status(StrEnum):
    """Stripe's words for where an intent stands (those that manual capture can reach)."""

    REQUIRES_PAYMENT_METHOD = "requires_payment_method"
    REQUIRES_CAPTURE = "requires_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


@dataclass
class Intent:
    """One attempt to be paid for an order; amounts in minor units, `created` in Unix seconds."""

    id: str
    order_id: str
    status: Status
    amount: int
    currency: str
    payment_method: str
    metadata: dict[str, str]
    created: int
    key: str | None
    decline_code: str | None = None
    cancellation_reason: str | None = None
    amount_captured: int = 0
    amount_refunded: int = 0
    captures: int = 0

    def capture(self, amount: int | None) -> None:
        """Take the held money."""
        self._only_when("captured", Status.REQUIRES_CAPTURE)
        wanted = self.amount if amount is None else amount
        if wanted > self.amount:
            raise invalid(
                f"The amount to capture ({wanted}) is greater than what is held ({self.amount}).",
                code="amount_too_large",
                param="amount_to_capture",
            )
        self.status = Status.SUCCEEDED
        self.amount_captured = wanted
        self.captures += 1

    def cancel(self, reason: str | None) -> None:
        """Release the held money."""
        self._only_when("canceled", Status.REQUIRES_CAPTURE, Status.REQUIRES_PAYMENT_METHOD)
        self.status = Status.CANCELED
        self.cancellation_reason = reason

    def refund(self, amount: int | None) -> int:
        """Give back captured money; returns how much."""
        self._only_when("refunded", Status.SUCCEEDED)
        left = self.amount_captured - self.amount_refunded
        wanted = left if amount is None else amount
        if left == 0:
            raise invalid("The charge has already been refunded.", code="charge_already_refunded")
        if wanted > left:
            raise invalid(
                f"Refund amount ({wanted}) is greater than unrefunded amount ({left}).",
                code="amount_too_large",
                param="amount",
            )
        self.amount_refunded += wanted
        return wanted

    def _only_when(self, act: str, *allowed: Status) -> None:
        if self.status not in allowed:
            raise invalid(
                f"This PaymentIntent could not be {act} because it has a status of {self.status}. "
                f"Only a PaymentIntent with one of these statuses may be {act}: "
                f"{', '.join(allowed)}.",
                code="payment_intent_unexpected_state",
                payment_intent=self.as_json(),
            )

    def as_json(self) -> dict[str, Any]:
        """Give Stripe's payment_intent object (`amount_refunded` is Stripe's charge's)."""
        held = self.amount if self.status is Status.REQUIRES_CAPTURE else 0
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": held,
            "amount_received": self.amount_captured,
            "amount_refunded": self.amount_refunded,
            "currency": self.currency,
            "capture_method": "manual",
            "status": self.status.value,
            "payment_method": self.payment_method,
            "metadata": self.metadata,
            "created": self.created,
            "cancellation_reason": self.cancellation_reason,
            "last_payment_error": self._last_error(),
            "livemode": False,
        }

    def _last_error(self) -> dict[str, str] | None:
        if self.decline_code is None:
            return None
        message = DECLINE_MESSAGES[self.decline_code]
        return {"type": "card_error", "decline_code": self.decline_code, "message": message}
