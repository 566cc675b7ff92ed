"""What is promised of orders: their documents, and what each endpoint answers."""

from datetime import datetime

from events import CancellationReason, Money, OrderId, OrderLine, OrderStatus
from pydantic import BaseModel, Field

from gateway.contract.operation import Answer, operation
from gateway.orders.order_request import OrderRequest


class OrderLinks(BaseModel):
    """What can be done next."""

    self: str
    cancel: str | None = Field(None, description="Absent once the order has ended.")


class StatusChange(BaseModel):
    """One step of an order's way; `sequence` counts them without a gap, a status may be skipped."""

    sequence: int = Field(ge=1)
    status: OrderStatus
    reason: CancellationReason | None
    changed_at: datetime


class Hold(BaseModel):
    """What a service could not handle and has set aside; shown to operators."""

    service: str
    letter: int
    fact: str
    error: str
    since: datetime


class OrderDocument(BaseModel):
    """Where an order stands. What can be absent is absent until the order service has heard of it."""

    id: OrderId
    status: OrderStatus
    customer_id: str
    lines: list[OrderLine]
    total: Money
    placed_at: datetime
    version: int = Field(ge=0, description="Counts the changes of status: it is the ETag, too.")
    links: OrderLinks
    reason: CancellationReason | None = Field(None, description="Why it is or gets cancelled.")
    tracking_code: str | None = None
    cancellation_refused: bool = Field(
        default=False, description="It was too late when the cancellation was asked for."
    )
    final_at: datetime | None = Field(None, description="Once nothing more will happen to it.")
    history: list[StatusChange] = Field([], description="Empty in lists.")
    held: list[Hold] = Field([], description="What holds it up; for operators only.")


class OrderPage(BaseModel):
    """Some orders, the newest first; `next_cursor` goes into `starting_after` for those that follow."""

    data: list[OrderDocument]
    has_more: bool
    next_cursor: str | None


_GO_ON = {"read": "read_order_status", "cancel": "cancel_order"}

PLACE_ORDER = operation(
    Answer(
        status=202,
        says="The order is accepted: it will not be lost, and ends in one way or another.",
        model=OrderDocument,
        example="order_accepted",
        headers=("Location", "Retry-After", "Idempotent-Replayed"),
        links=_GO_ON,
    ),
    Answer(
        status=200,
        says="The order was accepted and has ended within the time that the client preferred.",
        model=OrderDocument,
        example="order_completed",
        headers=("Location", "ETag", "Preference-Applied", "Idempotent-Replayed"),
    ),
    takes=("Idempotency-Key", "Prefer"),
    body=(OrderRequest, "an_order"),
    refuses=(
        "idempotency_key_missing",
        "idempotency_key_invalid",
        "idempotency_key_in_use",
        "idempotency_key_reused",
        "invalid_order",
        "unknown_sku",
        "wrong_currency",
        "price_changed",
        "order_too_heavy",
        "order_too_expensive",
        "order_too_cheap",
        "order_too_large",
        "card_number_refused",
        "catalogue_not_ready",
        "database_unavailable",
        "overloaded",
    ),
)
LIST_ORDERS = operation(
    Answer(
        status=200,
        says="A page of orders.",
        model=OrderPage,
        example="orders",
    ),
)
READ_ORDER = operation(
    Answer(
        status=200,
        says="Where the order stands.",
        model=OrderDocument,
        example="order_completed",
        headers=("ETag",),
    ),
    Answer(status=304, says="As the client has it.", headers=("ETag",)),
    takes=("If-None-Match",),
    refuses=("order_not_found", "database_unavailable"),
)
CANCEL_ORDER = operation(
    Answer(
        status=202,
        says="The question is kept. Whether the order can still be stopped, its document will say.",
        model=OrderDocument,
        example="order_accepted",
        headers=("Location", "Retry-After", "ETag"),
    ),
    Answer(
        status=200,
        says="The order has ended within the time that the client preferred.",
        model=OrderDocument,
        example="order_completed",
        headers=("Location", "ETag", "Preference-Applied"),
    ),
    takes=("Prefer",),
    refuses=("order_not_found", "already_shipped", "already_final", "database_unavailable"),
)
