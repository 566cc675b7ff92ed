"""What a customer reads: orders as JSON documents, with links to what can be done."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from events import CancellationReason, Money, OrderId, OrderLine, OrderStatus
from pydantic import BaseModel, Field
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway import routes as route_table
from gateway.http.fields import is_known

Document = dict[str, Any]
ACCEPTED_VERSION = 0
"""The version of an order that the order service does not know of yet."""
PRIVATE = {"Cache-Control": route_table.PRIVATE}


def accepted_document(
    order_id: str,
    customer_id: str,
    lines: Sequence[OrderLine],
    total: Money,
    placed_at: datetime,
) -> Document:
    """Return an order as it stands in the moment in which it is accepted."""
    return with_links(
        {
            "id": order_id,
            "status": "accepted",
            "customer_id": customer_id,
            "lines": [dict(line) for line in lines],
            "total": dict(total),
            "placed_at": placed_at.isoformat().replace("+00:00", "Z"),
            "version": ACCEPTED_VERSION,
        }
    )


def is_final(document: Document | None) -> bool:
    """Return whether nothing more will happen to the order of this document."""
    return document is not None and OrderStatus(document["status"]).is_final


def for_customers(document: Document) -> Document:
    """Return an order's document without what only operators have to do with: the faults that hold it."""
    return {name: value for name, value in document.items() if name != "held"}


def with_links(document: Document) -> Document:
    """Return an order's document with the links to itself and, while that makes sense, to cancelling it."""
    here = location(document["id"])
    links = {"self": here} if is_final(document) else {"self": here, "cancel": f"{here}/cancel"}
    return {**document, "links": links}


def location(order_id: str) -> str:
    """Return where an order is found."""
    return f"/v1/orders/{order_id}"


def json_response(document: Any, status: int, headers: dict[str, str]) -> Response:
    """Return a document as an answer; a text is one already."""
    text = document if isinstance(document, str) else json.dumps(document)
    return Response(text, status_code=status, headers=headers, media_type="application/json")


def order_response(
    document: Document, status: int, headers: dict[str, str], asked: Headers | None = None
) -> Response:
    """Return an order's document with its version as entity tag; 304 if the client has it (RFC 9110, 13.1.2)."""
    tag = f'"{document.get("version", ACCEPTED_VERSION)}"'
    headers = {"ETag": tag, **PRIVATE, **headers}
    if asked is not None and is_known(asked, tag):
        return Response(status_code=304, headers=headers)
    return json_response(document, status, headers)


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
