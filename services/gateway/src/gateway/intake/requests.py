"""What a customer sends to place an order, and everything that can be wrong with it by itself."""

import re
from typing import Annotated, LiteralString

from email_validator import EmailNotValidError, validate_email
from events import Money, Sku
from events.limits import (
    CITY_MAX,
    EMAIL_BYTES_MAX,
    LINE_UNITS_MAX,
    LINES_MAX,
    MAILBOX_BYTES_MAX,
    NAME_MAX,
    POSTCODE_MAX,
    STREET_MAX,
)
from events.patterns import BREAKS, CURRENCY, SEEN_LINE
from privacy import PersonalData
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from gateway.countries import Country
from gateway.http.bodies import Body
from gateway.http.card_numbers import refuse_card_numbers
from gateway.problems.problem import FieldError, ProblemError
from gateway.problems.validation_errors import PAYMENT_TOKEN, field_errors

# What the contract can say of an address: no specials of RFC 5322, 3.2.3, letters of all languages.
ATOM = rf"[^\s\ufeff{BREAKS}()<>\[\]:;@\\,.\x22]+"
LABEL = rf"[^\s\ufeff{BREAKS}\x00-,./:-@\[-`{{-\x7f]+"
# No name of a top level consists of digits alone (RFC 3696, 2), so that what does is an address of IPv4.
TOP_LEVEL = rf"(?![0-9]+$){LABEL}"
EMAIL = rf"^{ATOM}(\.{ATOM})*@({LABEL}\.)*{TOP_LEVEL}$"
NOT_ONE: LiteralString = "This is not exactly one e-mail address"
NUMBERED = re.compile(r"(?:^|\.)\d+$")


def is_one_mailbox(email: str) -> str:
    """Return the address if it is exactly one mailbox (RFC 5321, 4.1.2; internationalised: RFC 6531).

    No name before it, nothing in quotes, no number in the place of a host: what can be read as several
    addresses reaches somebody else. Only the mail server knows whether the mailbox exists.

    Raises:
        PydanticCustomError: it is none, or longer than mail servers take.
    """
    mailbox, _, host = email.rpartition("@")
    if len(email.encode()) > EMAIL_BYTES_MAX or len(mailbox.encode()) > MAILBOX_BYTES_MAX:
        raise PydanticCustomError(
            "email_too_long",
            "An address has at most {most} bytes, {before} of them before the @",
            {"most": EMAIL_BYTES_MAX, "before": MAILBOX_BYTES_MAX},
        )
    try:
        # Names below `test` are for tests (RFC 6761, 6.2), and this is a test bed as well.
        validate_email(
            email, check_deliverability=False, globally_deliverable=False, test_environment=True
        )
    except EmailNotValidError:
        raise PydanticCustomError("email", NOT_ONE) from None
    if NUMBERED.search(host):
        raise PydanticCustomError("email", NOT_ONE)
    return email


class Recipient(PersonalData):
    """Who gets the parcel and the messages. Lengths are in characters, those of `email` in bytes."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_MAX, pattern=SEEN_LINE, repr=False)]
    email: Annotated[
        str,
        Field(max_length=EMAIL_BYTES_MAX, json_schema_extra={"pattern": EMAIL}, repr=False),
        AfterValidator(is_one_mailbox),
    ]
    street: Annotated[
        str, Field(min_length=1, max_length=STREET_MAX, pattern=SEEN_LINE, repr=False)
    ]
    city: Annotated[str, Field(min_length=1, max_length=CITY_MAX, pattern=SEEN_LINE, repr=False)]
    postcode: Annotated[
        str, Field(min_length=1, max_length=POSTCODE_MAX, pattern=SEEN_LINE, repr=False)
    ]
    country: Country


Currency = Annotated[str, Field(pattern=CURRENCY)]
PaymentToken = Annotated[str, Field(pattern=PAYMENT_TOKEN)]


class Part(BaseModel):
    """A part of a request. Rejects unknown fields, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class RequestedLine(Part):
    """So many units of one product."""

    sku: Sku
    quantity: int = Field(ge=1, le=LINE_UNITS_MAX)


class Payment(Part):
    """How the order is paid: by a token that the provider gave for a card."""

    token: PaymentToken


class ExpectedTotal(Part, Money):
    """The total that the customer was shown."""


class OrderRequest(Part):
    """An order as a customer asks for it: prices are the shop's business."""

    lines: list[RequestedLine] = Field(min_length=1, max_length=LINES_MAX)
    currency: Currency | None = None
    payment: Payment
    recipient: Recipient
    expected_total: ExpectedTotal | None = None


def read_order(body: Body) -> OrderRequest:
    """Parse a body as an order.

    Raises:
        ProblemError: it holds a card number, or is no valid order; the pointers say where.
    """
    try:
        refuse_card_numbers(body)
        order = OrderRequest.model_validate(body.value, strict=True)
    except ValidationError as error:
        raise ProblemError(
            "invalid_order",
            "The order has fields that are missing or wrong.",
            errors=field_errors(error),
        ) from None
    except RecursionError:
        raise ProblemError("invalid_json", "Nested too deeply.") from None
    _refuse_repeats(order)
    return order


def _refuse_repeats(order: OrderRequest) -> None:
    seen: set[str] = set()
    faults = []
    for index, line in enumerate(order.lines):
        if line.sku in seen:
            faults.append(
                FieldError(f"/lines/{index}/sku", "An earlier line has the same product.")
            )
        seen.add(line.sku)
    if faults:
        raise ProblemError("invalid_order", "A product may have one line only.", errors=faults)
