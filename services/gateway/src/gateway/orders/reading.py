"""Finding an order for somebody who may see it."""

import re

from gateway.gateway import Gateway, database_or_503
from gateway.identity.claims import Caller
from gateway.orders.accepted_orders import AcceptedOrder, read_accepted
from gateway.orders.documents import for_customers, with_links
from gateway.orders.waiting import Document
from gateway.problems.problem import ProblemError
from gateway.route_table import OPERATE

ORDER_ID = re.compile(r"ord_[0-9a-f]{32}")


async def find_order(gateway: Gateway, caller: Caller, order_id: str) -> Document:
    """An order's document; from the gateway's own record while nobody else has heard of it.

    Raises:
        ProblemError: there is no such order, or it is somebody else's, which sounds the same.
    """
    check_order_id(order_id)
    document = await gateway.order_api.order(order_id)
    if document is None:
        accepted = await _own_record(gateway, order_id)
        document = accepted.document if accepted else None
    may_see = document is not None and (
        OPERATE in caller.scopes or document["customer_id"] == caller.customer_id
    )
    if document is None or not may_see:
        raise not_found()
    return with_links(document if OPERATE in caller.scopes else for_customers(document))


async def find_accepted(gateway: Gateway, caller: Caller, order_id: str) -> AcceptedOrder:
    """The gateway's own record of an order that the caller may see.

    Raises:
        ProblemError: there is no such order, or it is somebody else's.
    """
    check_order_id(order_id)
    accepted = await _own_record(gateway, order_id)
    may_see = accepted is not None and (
        OPERATE in caller.scopes or accepted.customer_id == caller.customer_id
    )
    if accepted is None or not may_see:
        raise not_found()
    return accepted


async def find_own(gateway: Gateway, caller: Caller, order_id: str) -> AcceptedOrder:
    """The gateway's own record of a caller's order.

    Raises:
        ProblemError: there is no such order, or it is somebody else's.
    """
    accepted = await find_accepted(gateway, caller, order_id)
    if accepted.customer_id != caller.customer_id:
        raise not_found()
    return accepted


async def current_document(gateway: Gateway, order_id: str) -> Document | None:
    """Where an order stands as far as can be said just now: None if the order service is away."""
    try:
        document = await gateway.order_api.order(order_id)
    except ProblemError:
        return None
    return document and with_links(for_customers(document))


def check_order_id(order_id: str) -> None:
    """Refuse what cannot be an order's id, before it becomes part of an address.

    Raises:
        ProblemError: there is no such order.
    """
    if not ORDER_ID.fullmatch(order_id):
        raise not_found()


def not_found() -> ProblemError:
    """The refusal of an order that is not there, or not for the caller."""
    return ProblemError("order_not_found", "You have no such order.")


async def _own_record(gateway: Gateway, order_id: str) -> AcceptedOrder | None:
    with database_or_503():
        return await read_accepted(gateway.pool, order_id)
