"""Orders over HTTP: place, read, list, cancel."""

from functools import partial
from typing import Annotated, Any

from events import OrderId, OrderStatus
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.api.authorization import authorise
from gateway.http.bodies import read_json
from gateway.http.fields import whole
from gateway.http.request_context import note_order
from gateway.intake.idempotency import idempotency_key
from gateway.intake.requests import OrderRequest
from gateway.openapi.operation import Answer, operation
from gateway.openapi.parameters import DIGITS, OrderIdInPath
from gateway.reads.long_poll import Outcome, applied, preferred_wait
from gateway.reads.representations import (
    PRIVATE,
    OrderDocument,
    OrderPage,
    for_customers,
    is_final,
    json_response,
    location,
    order_response,
    with_links,
)
from gateway.routes import OPERATE
from gateway.state.gateway import gateway_of

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
        headers=("ETag", "Preference-Applied"),
    ),
    Answer(status=304, says="As the client has it.", headers=("ETag", "Preference-Applied")),
    takes=("If-None-Match", "Prefer"),
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
    accepted = await gateway.intake.accept(caller.customer_id, key, body)
    note_order(request.scope, accepted.order_id)
    headers = {"Location": location(accepted.order_id), **PRIVATE}
    if accepted.replayed:
        headers["Idempotent-Replayed"] = "true"
    wait = await _outcome(request, accepted.order_id, caller.customer_id)
    if wait.document is not None:
        return order_response(wait.document, 200, {**headers, **applied(wait.seconds)})
    return json_response(accepted.document, 202, {**headers, **SOON})


@router.get("", **LIST_ORDERS)
async def list_orders(
    request: Request,
    status: OrderStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=100), DIGITS] = 20,
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
    page = await gateway_of(request).orders.page(query)
    shown = page["data"] if OPERATE in caller.scopes else map(for_customers, page["data"])
    page["data"] = [with_links(document) for document in shown]
    return json_response(page, 200, dict(PRIVATE))


@router.get("/{order_id}", **READ_ORDER)
async def read_order_status(request: Request, order_id: OrderIdInPath) -> Response:
    """Where an order stands. Its version is the ETag, so that `If-None-Match` saves the body.

    With `Prefer: wait=N` the answer is held until the order has ended, N seconds at most; then it
    says where the order stands.
    """
    orders, seconds = gateway_of(request).orders, 0
    caller = await authorise(request)
    document = await orders.find(caller, order_id)
    note_order(request.scope, document["id"])
    if not is_final(document):
        seconds = (await _outcome(request, order_id, caller.customer_id)).seconds
        if seconds:  # what an operator sees is more than what was waited for
            document = await orders.find(caller, order_id)
    return order_response(document, 200, applied(seconds), request.headers)


@router.post("/{order_id}/cancel", **CANCEL_ORDER)
async def cancel_order(request: Request, order_id: OrderIdInPath) -> Response:
    """Ask to stop an order, as often as you like. Whether it can still be stopped, shipping decides.

    With `Prefer: wait=N` the answer is held until the order has ended, N seconds at most.
    """
    caller = await authorise(request)
    accepted = await gateway_of(request).orders.find_own(caller, order_id)
    note_order(request.scope, order_id, accepted.traceparent)
    document = await gateway_of(request).intake.cancel(order_id, accepted)
    headers = {"Location": location(order_id)}
    wait = await _outcome(request, order_id, caller.customer_id)
    if wait.document is not None:
        return order_response(wait.document, 200, {**headers, **applied(wait.seconds)})
    return order_response(document, 202, {**headers, **SOON})


async def _outcome(request: Request, order_id: str, customer_id: str) -> Outcome:
    """Wait for an order's end for as long as the request prefers."""
    gateway, seconds = gateway_of(request), preferred_wait(whole(request.headers, "prefer"))
    read = partial(gateway.orders.current, order_id)
    return await gateway.long_poll.outcome(order_id, customer_id, seconds, read)
