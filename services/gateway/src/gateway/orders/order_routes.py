"""Orders over HTTP: place, read, list, cancel."""

from typing import Annotated, Any

from events import OrderId, OrderStatus
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.contract.orders import CANCEL_ORDER, LIST_ORDERS, PLACE_ORDER, READ_ORDER
from gateway.contract.parameters import OrderIdInPath
from gateway.gateway import gateway_of
from gateway.http.bodies import read_json
from gateway.identity.callers import authorise
from gateway.observing.notes import note_order
from gateway.orders.accepting import accept
from gateway.orders.cancelling import cancel
from gateway.orders.documents import (
    PRIVATE,
    for_customers,
    json_response,
    location,
    order_response,
    with_links,
)
from gateway.orders.idempotency import idempotency_key
from gateway.orders.outcome import wait_for_outcome
from gateway.orders.preferences import applied
from gateway.orders.reading import find_order
from gateway.route_table import OPERATE

router = APIRouter(prefix="/v1/orders", tags=["orders"])
SOON = {"Retry-After": "1"}


@router.post("", **PLACE_ORDER)
async def place_order(request: Request) -> Response:
    """Accept an order: once answered with 202 it is never lost, and one Idempotency-Key is one order.

    With `Prefer: wait=N` the answer is held until the order has ended, N seconds at most.
    """
    gateway = gateway_of(request)
    caller = await authorise(request)
    key = idempotency_key(request)
    body = await read_json(request)
    accepted = await accept(gateway, caller, key, body)
    note_order(request.scope, accepted.order_id)
    headers = {"Location": location(accepted.order_id), **PRIVATE}
    if accepted.replayed:
        headers["Idempotent-Replayed"] = "true"
    wait = await wait_for_outcome(request, accepted.order_id)
    if wait.document is not None:
        return order_response(wait.document, 200, {**headers, **applied(wait.seconds)})
    return json_response(accepted.document, 202, {**headers, **SOON})


@router.get("", **LIST_ORDERS)
async def list_orders(
    request: Request,
    status: OrderStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    starting_after: OrderId | None = None,
) -> Response:
    """Your own orders, the newest first; an operator sees everybody's."""
    caller = await authorise(request)
    query: dict[str, Any] = {"limit": limit}
    if OPERATE not in caller.scopes:
        query["customer_id"] = caller.customer_id
    if status is not None:
        query["status"] = status.value
    if starting_after is not None:
        query["starting_after"] = starting_after
    page = await gateway_of(request).order_api.orders(query)
    shown = page["data"] if OPERATE in caller.scopes else map(for_customers, page["data"])
    page["data"] = [with_links(document) for document in shown]
    return json_response(page, 200, dict(PRIVATE))


@router.get("/{order_id}", **READ_ORDER)
async def read_order_status(request: Request, order_id: OrderIdInPath) -> Response:
    """Where an order stands. Its version is the ETag, so that `If-None-Match` saves the body."""
    caller = await authorise(request)
    document = await find_order(gateway_of(request), caller, order_id)
    note_order(request.scope, document["id"])
    return order_response(document, 200, {}, request.headers)


@router.post("/{order_id}/cancel", **CANCEL_ORDER)
async def cancel_order(request: Request, order_id: OrderIdInPath) -> Response:
    """Ask to stop an order, as often as you like. Whether it can still be stopped, shipping decides.

    With `Prefer: wait=N` the answer is held until the order has ended, N seconds at most.
    """
    caller = await authorise(request)
    document = await cancel(gateway_of(request), caller, order_id)
    note_order(request.scope, order_id)
    headers = {"Location": location(order_id)}
    wait = await wait_for_outcome(request, order_id)
    if wait.document is not None:
        return order_response(wait.document, 200, {**headers, **applied(wait.seconds)})
    return order_response(document, 202, {**headers, **SOON})
