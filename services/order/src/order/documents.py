"""What the API says of an order."""

from collections.abc import Sequence
from datetime import datetime

from events import CancellationReason, Money, OrderLine, OrderStatus
from pydantic import BaseModel
from sqlalchemy import RowMapping


class StatusChange(BaseModel):
    """One step of an order's way; `sequence` counts them without a gap."""

    sequence: int
    status: OrderStatus
    reason: CancellationReason | None
    changed_at: datetime


class OrderDocument(BaseModel):
    """An order as its customer sees it; `version` counts the changes of its status."""

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
    history: list[StatusChange] = []


class OrderPage(BaseModel):
    """Some orders; `next_cursor` goes into `starting_after` for those that follow."""

    data: list[OrderDocument]
    has_more: bool
    next_cursor: str | None


def to_document(row: RowMapping, history: Sequence[StatusChange] = ()) -> OrderDocument:
    """The document of one row."""
    return OrderDocument.model_validate({**row, "id": row["order_id"], "history": list(history)})
