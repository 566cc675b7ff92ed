"""What the API says of an order."""

from collections.abc import Sequence
from datetime import datetime

from events import CancellationReason, Money, OrderLine, OrderStatus
from pydantic import BaseModel
from sqlalchemy import RowMapping

from order.holds import Hold


class StatusChange(BaseModel):
    """One step of an order's way; `sequence` counts them without a gap."""

    sequence: int
    status: OrderStatus
    reason: CancellationReason | None
    changed_at: datetime


class OrderDocument(BaseModel):
    """Where an order stands; `version` counts the changes of its status, `held` says what holds it."""

    id: str
    customer_id: str
    status: OrderStatus
    reason: CancellationReason | None
    total: Money
    lines: list[OrderLine]
    tracking_code: str | None
    cancellation_refused: bool
    placed_at: datetime
    final_at: datetime | None
    version: int
    held: list[Hold] = []
    history: list[StatusChange] = []


class OrderPage(BaseModel):
    """Some orders; `next_cursor` goes into `starting_after` for those that follow."""

    data: list[OrderDocument]
    has_more: bool
    next_cursor: str | None


def to_document(row: RowMapping, history: Sequence[StatusChange] = ()) -> OrderDocument:
    """Return the document of one row."""
    return OrderDocument.model_validate(
        {
            **row,
            "id": row["order_id"],
            "history": list(history),
            "held": [hold for hold in row["held"].values() if hold is not None],
        }
    )
