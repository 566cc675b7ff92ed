"""The values that events are made of: money, products, order lines, sealed personal data."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from events import patterns
from events.limits import CUSTOMER_ID_MAX

OrderId = Annotated[str, Field(pattern=patterns.ORDER_ID)]
"""An order's public name: `ord_` and a UUIDv7 in hexadecimal, so that ids sort by time."""

CustomerId = Annotated[str, Field(min_length=1, max_length=CUSTOMER_ID_MAX)]

Sku = Annotated[str, Field(pattern=patterns.SKU)]
"""A stock keeping unit: the code under which a product is sold and counted."""

CountryCode = Annotated[str, Field(pattern=patterns.COUNTRY)]
"""ISO 3166-1 alpha-2."""


class Value(BaseModel):
    """An immutable value; unknown fields are ignored, so that old readers understand new writers."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Money(Value):
    """An amount in minor units (pence, cents) of one currency."""

    amount: int = Field(ge=0)
    currency: str = Field(pattern=patterns.CURRENCY)


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

    @property
    def has_shipped(self) -> bool:
        """Whether the carrier has had the parcel: it is tracked, and can no longer be stopped."""
        return self in (OrderStatus.SHIPPED, OrderStatus.PAYMENT_REVIEW, OrderStatus.COMPLETED)


class CancellationReason(StrEnum):
    """Why an order ended without being fulfilled."""

    PAYMENT_DECLINED = "payment_declined"
    OUT_OF_STOCK = "out_of_stock"
    BY_CUSTOMER = "by_customer"
    OVERDUE = "overdue"
    UNDELIVERABLE = "undeliverable"
