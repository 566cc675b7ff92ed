"""What the provider answers, in Stripe's words, and what its codes mean for a payment.

See https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from messaging import CODE, Sort, Table
from pydantic import BaseModel, StringConstraints

IntentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
"""Goes into the paths of later requests."""

LATER: Table = {
    (400, "lock_timeout"): Sort.TRY_AGAIN,
    (400, "rate_limit"): Sort.TRY_AGAIN,
    # A failure of somebody whom the provider itself depends on.
    (424, ""): Sort.TRY_AGAIN,
}
HOLDING: Table = {
    **LATER,
    # The issuer or the provider's own rules refuse the payment.
    (402, ""): Sort.NO,
    # A token that stands for no card, and an amount that no card can pay.
    (400, "param payment_method"): Sort.NO,
    (404, "param payment_method"): Sort.NO,
    (400, "amount_too_large"): Sort.NO,
    (400, "amount_too_small"): Sort.NO,
}
SETTLING: Table = {
    **LATER,
    # Whether it is so already, the intent that comes along says.
    (400, "payment_intent_unexpected_state"): Sort.NO,
}


class Held(BaseModel):
    """An intent whose money is held."""

    id: IntentId
    status: Literal["requires_capture"]


class Taken(BaseModel):
    """An intent whose money is ours."""

    status: Literal["succeeded"]


class LetGo(BaseModel):
    """An intent that holds nothing any more."""

    status: Literal["canceled"]


class _Intent(BaseModel):
    status: str


class _Error(BaseModel):
    type: str = ""
    message: str = ""
    code: str | None = None
    decline_code: str | None = None
    param: str | None = None
    payment_intent: _Intent | None = None


class ProviderError(BaseModel):
    """Stripe's error object."""

    error: _Error

    @property
    def reason(self) -> str:
        """Why a payment was refused, by the most telling of the provider's codes."""
        codes = (self.error.decline_code, self.error.code, self.error.type)
        return next((code for code in codes if code and CODE.fullmatch(code)), "refused")

    @property
    def names(self) -> Sequence[str]:
        """What the table may know it by."""
        error = self.error
        param = f"param {error.param}" if error.param else ""
        return (error.code or "", param, error.type)

    @property
    def message(self) -> str:
        """What the provider says to people."""
        return self.error.message

    @property
    def stands_at(self) -> str | None:
        """Where the intent stands that the request was about."""
        return None if self.error.payment_intent is None else self.error.payment_intent.status
