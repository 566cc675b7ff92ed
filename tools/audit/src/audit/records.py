"""What the books hold: one small record for everything that was written down or said about an order.

Amounts are in minor units; currencies are in capitals, whatever their source writes.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5


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
    """Where the order service says an order stands; `status` is None if it consumed no OrderPlaced.

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


class StatusChange(NamedTuple):
    """One step of an order's way, from the history table or from the topic."""

    order_id: str
    sequence: int
    status: str
    previous: str | None = None


class Event(NamedTuple):
    """One record on a topic, by its headers.

    `at_ms` is when the record was made. `status` is the new one, where a status has changed.
    """

    topic: str
    partition: int
    offset: int
    at_ms: int
    id: str
    type: str
    source: str
    order_id: str
    sequence: int
    causation_id: str | None
    status: str | None = None


class Stray(NamedTuple):
    """A record on a topic that is no event."""

    topic: str
    partition: int
    offset: int

    @property
    def id(self) -> str:
        """What inboxes know it by: its place, for it has no id of its own that could be trusted."""
        return str(uuid5(NAMESPACE_OID, f"{self.topic}/{self.partition}/{self.offset}"))


class Fault(NamedTuple):
    """What is wrong with a stray, and the type that it states, as far as either is known."""

    reason: str = ""
    type: str | None = None


class Notice(NamedTuple):
    """CustomerNotified, from its topic."""

    order_id: str
    kind: str
    message_id: str


class Pending(NamedTuple):
    """Something that a service has written down and not yet done: `what` is a topic or a command.

    `since` is when it was written down; None where that is not known.
    """

    service: str
    order_id: str
    what: str
    attempts: int = 0
    last_error: str | None = None
    since: datetime | None = None
    is_command: bool = False


PLANNED = "PlannedFaultError:"
"""What the error of a dead letter begins with that a fault plan wanted."""


class DeadLetter(NamedTuple):
    """Something that a service could not handle; `place` is None for what was on no topic.

    It is open until an operator has redriven or discarded it. It is planned where its order's fault
    plan wanted it.
    """

    service: str
    origin: str
    order_id: str
    error: str
    place: Stray | None = None
    is_open: bool = True

    @property
    def holds_by_plan(self) -> bool:
        """Whether the order waits for an operator, as it was meant to."""
        return self.is_open and self.error.startswith(PLANNED)
