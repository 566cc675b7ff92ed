"""What a customer sends to place an order, and everything that can be wrong with it by itself."""

from typing import Annotated

from events import Money, Sku
from events.limits import LINE_UNITS_MAX, LINES_MAX, PAYMENT_TOKEN_MAX
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.http.bodies import Body
from gateway.http.card_numbers import refuse_card_numbers
from gateway.orders.recipient import Recipient
from gateway.problems.faults import faults_of
from gateway.problems.problem import Fault, ProblemError

Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
PaymentToken = Annotated[str, Field(pattern=rf"^[!-~]{{1,{PAYMENT_TOKEN_MAX}}}$")]


class Part(BaseModel):
    """A part of a request: what it does not know, it refuses, lest a misspelt field be ignored."""

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
    """Understand a body as an order.

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
            errors=faults_of(error),
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
            faults.append(Fault(f"/lines/{index}/sku", "An earlier line has the same product."))
        seen.add(line.sku)
    if faults:
        raise ProblemError("invalid_order", "A product may have one line only.", errors=faults)
