"""A change of an order's status as its readers get it: the same text from history and live."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from events import CancellationReason, OrderStatus, OrderStatusChanged
from pydantic import AwareDatetime, BaseModel

from gateway.streams.protocol import Message

NAME = "order-status-changed"


class OrderUpdate(BaseModel):
    """One change of an order's status. `sequence` counts them from 1 without a gap."""

    order_id: str
    sequence: int
    status: OrderStatus
    reason: CancellationReason | None = None
    tracking_code: str | None = None
    changed_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one order's status, ready to be sent."""

    sequence: int
    is_final: bool
    message: Message


def change_of(event: OrderStatusChanged, sequence: int) -> Change:
    """Return the change that the order service has just emitted."""
    return _change(
        OrderUpdate(
            order_id=event.order_id,
            sequence=sequence,
            status=event.status,
            reason=event.reason,
            tracking_code=event.tracking_code,
            changed_at=event.changed_at,
        )
    )


def history(document: Mapping[str, Any]) -> list[Change]:
    """Return all changes so far, from the order service's document of an order."""
    same = {"order_id": document["id"], "tracking_code": document.get("tracking_code")}
    return [_change(OrderUpdate.model_validate({**step, **same})) for step in document["history"]]


def _change(update: OrderUpdate) -> Change:
    if not update.status.has_shipped:
        update = update.model_copy(update={"tracking_code": None})
    message = Message(NAME, update.model_dump_json(), update.sequence)
    return Change(update.sequence, update.status.is_final, message)
