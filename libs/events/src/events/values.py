"""The values that events are made of: money, products, order lines, sealed personal data."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events.limits import CUSTOMER_ID_MAX, SKU_MAX

OrderId = Annotated[str, Field(pattern=r"^ord_[0-9a-f]{32}$")]
"""An order's public name: `ord_` and a UUIDv7 in hexadecimal, so that ids sort by time."""

CustomerId = Annotated[str, Field(min_length=1, max_length=CUSTOMER_ID_MAX)]

Sku = Annotated[str, Field(pattern=rf"^[A-Za-z0-9][A-Za-z0-9 _.-]{{0,{SKU_MAX - 1}}}$")]
"""A stock keeping unit: the code under which a product is sold and counted."""

CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""


class Value(BaseModel):
    """An immutable value; unknown fields are ignored, so that older readers hear newer writers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Money(Value):
    """An amount in minor units (pence, cents) of one currency."""

    amount: int = Field(ge=0)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class OrderLine(Value):
    """So many units of one product at the price that the customer was shown.

    `unit_price` is in minor units of the order's currency.
    """

    sku: Sku
    name: str
    quantity: int = Field(ge=1)
    unit_price: int = Field(ge=0)


class StockLine(Value):
    """So many units of one product on the shelf."""

    sku: Sku
    quantity: int = Field(ge=1)


class Shortage(Value):
    """A line that could not be reserved, with what was there instead."""

    sku: Sku
    requested: int
    available: int


class SealedPersonalData(Value):
    """Name, e-mail and address, encrypted before they enter a stream.

    `sealed` is base64 of nonce and AES-GCM ciphertext, `key_id` names the key that opens it.
    """

    key_id: str
    sealed: str


class OrderStatus(StrEnum):
    """Where an order stands, as its customer sees it."""

    ACCEPTED = "accepted"
    AUTHORIZED = "authorized"
    RESERVED = "reserved"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    HELD = "held"
    PAYMENT_REVIEW = "payment_review"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to the order."""
        return self in (OrderStatus.COMPLETED, OrderStatus.CANCELLED)


class CancellationReason(StrEnum):
    """Why an order ended without being fulfilled."""

    PAYMENT_DECLINED = "payment_declined"
    OUT_OF_STOCK = "out_of_stock"
    BY_CUSTOMER = "by_customer"
    OVERDUE = "overdue"
    UNDELIVERABLE = "undeliverable"
