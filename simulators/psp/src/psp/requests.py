"""What the payment provider can be asked, with Stripe's names; an unknown parameter is refused."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

AMOUNT_MAX = 99_999_999

Amount = Annotated[int, Field(strict=True, gt=0, le=AMOUNT_MAX)]
"""Minor units (pence, cents); Stripe takes eight digits at most."""

Currency = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$"), AfterValidator(str.lower)]
"""ISO 4217; answered in lower case, as Stripe does."""


class Parameters(BaseModel):
    """The parameters of a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Metadata(BaseModel):
    """What the client attaches to an intent; the books are kept by its order id."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str]

    order_id: str = Field(min_length=1, max_length=100)


class NewIntent(Parameters):
    """Authorise a payment now, capture it later: the one way this provider works."""

    amount: Amount
    currency: Currency
    payment_method: str = Field(min_length=1, max_length=100)
    capture_method: Literal["manual"]
    confirm: Literal[True]
    metadata: Metadata


class Capture(Parameters):
    """Take the held money, all of it or a part; the rest is released."""

    amount_to_capture: Amount | None = None


class Cancel(Parameters):
    """Release the held money."""

    cancellation_reason: (
        Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"] | None
    ) = None


class NewRefund(Parameters):
    """Give captured money back, all that is left of it or a part."""

    payment_intent: str = Field(min_length=1, max_length=100)
    amount: Amount | None = None
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
