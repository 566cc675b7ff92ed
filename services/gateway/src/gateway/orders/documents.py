"""What a customer reads: orders as JSON documents, with links to what can be done."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from events import Money, OrderLine
from starlette.datastructures import Headers
from starlette.responses import Response

from gateway import route_table
from gateway.http.conditional import is_known
from gateway.orders.waiting import Document, is_final

ACCEPTED_VERSION = 0
"""The version of an order that the order service has not heard of yet."""
PRIVATE = {"Cache-Control": route_table.PRIVATE}


def accepted_document(
    order_id: str,
    customer_id: str,
    lines: Sequence[OrderLine],
    total: Money,
    placed_at: datetime,
) -> Document:
    """An order as it stands in the moment in which it is accepted."""
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


def for_customers(document: Document) -> Document:
    """An order's document without what only operators have to do with: the faults that hold it."""
    return {name: value for name, value in document.items() if name != "held"}


def with_links(document: Document) -> Document:
    """An order's document with the links to itself and, while that makes sense, to cancelling it."""
    here = location(document["id"])
    links = {"self": here} if is_final(document) else {"self": here, "cancel": f"{here}/cancel"}
    return {**document, "links": links}


def location(order_id: str) -> str:
    """Where an order is found."""
    return f"/v1/orders/{order_id}"


def json_response(document: Any, status: int, headers: dict[str, str]) -> Response:
    """A document as an answer; a text is one already."""
    text = document if isinstance(document, str) else json.dumps(document)
    return Response(text, status_code=status, headers=headers, media_type="application/json")


def order_response(
    document: Document, status: int, headers: dict[str, str], asked: Headers | None = None
) -> Response:
    """An order's document with its version as entity tag; 304 if the client has it (RFC 9110, 13.1.2)."""
    tag = f'"{document.get("version", ACCEPTED_VERSION)}"'
    headers = {"ETag": tag, **PRIVATE, **headers}
    if asked is not None and is_known(asked, tag):
        return Response(status_code=304, headers=headers)
    return json_response(document, status, headers)
