"""The lines of the books: one small record for everything that somebody wrote down about an order.

Amounts are in minor units; currencies are in capitals, whatever their source writes.
"""

from datetime import datetime
from typing import Literal, NamedTuple


class Total(NamedTuple):
    """An amount of money."""

    amount: int
    currency: str


class Accepted(NamedTuple):
    """The gateway answered 202 for this order."""

    order_id: str
    customer_id: str
    placed_at: datetime
    total: Total


class KeyUse(NamedTuple):
    """The gateway gave this order for this idempotency key of this customer."""

    customer_id: str
    key: str
    order_id: str


class Order(NamedTuple):
    """Where the order service says an order stands; `status` is None for one it never heard placed.

    `units` are the ordered units by SKU; `version` counts its status changes.
    """

    order_id: str
    status: str | None
    version: int
    total: Total | None
    placed_at: datetime | None
    final_at: datetime | None
    tracking_code: str | None
    units: tuple[tuple[str, int], ...]


class Payment(NamedTuple):
    """What the payment service knows of an order's money."""

    order_id: str
    status: str
    version: int
    payment_id: str | None
    total: Total | None


class Intent(NamedTuple):
    """What the payment provider has in its own books."""

    order_id: str
    intent_id: str
    status: str
    currency: str
    captured: int
    refunded: int
    captures: int


class Product(NamedTuple):
    """Where one product's units are."""

    sku: str
    initial: int
    on_hand: int
    reserved: int
    shipped: int


class Reservation(NamedTuple):
    """What inventory set aside for an order; `units` by SKU."""

    order_id: str
    status: str
    version: int
    units: tuple[tuple[str, int], ...]


class Shipment(NamedTuple):
    """What the shipping service knows of an order's parcel."""

    order_id: str
    status: str
    version: int
    shipment_id: str | None
    tracking_code: str | None


class Label(NamedTuple):
    """What the carrier has in its own books."""

    order_id: str
    shipment_id: str
    status: str
    tracking_code: str


class Notification(NamedTuple):
    """What the notifier knows of the message about an order."""

    order_id: str
    status: str
    version: int
    kind: str | None
    message_id: str | None


class Mail(NamedTuple):
    """A message that the customers' mail server holds."""

    order_id: str
    message_id: str


class LedgerEntry(NamedTuple):
    """What one client knows of one order that it tried to place, however often it tried.

    `ok`: it was told the order's id. `failed`: it was refused. `unknown`: it never had an answer.
    """

    idempotency_key: str
    outcome: Literal["ok", "failed", "unknown"]
    order_id: str | None = None
