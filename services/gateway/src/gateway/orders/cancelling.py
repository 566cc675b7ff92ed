"""Asking to stop an order: once per order it is said, however often it is asked."""

from datetime import UTC, datetime

from events import OrderStatus

from gateway.gateway import Gateway, database_or_503
from gateway.identity.claims import Caller
from gateway.orders.accepted_orders import request_cancellation
from gateway.orders.placing import cancellation_record
from gateway.orders.reading import current_document, find_own
from gateway.orders.waiting import Document
from gateway.problems.problem import ProblemError

SHIPPED = (OrderStatus.SHIPPED, OrderStatus.PAYMENT_REVIEW, OrderStatus.COMPLETED)


async def cancel(gateway: Gateway, caller: Caller, order_id: str) -> Document:
    """Ask to stop an order of the caller's; gives its document.

    The order service being away does not stand in the way: the question is kept in any case.

    Raises:
        ProblemError: there is no such order, or it is known to be too late.
    """
    accepted = await find_own(gateway, caller, order_id)
    document = await current_document(gateway, order_id) or accepted.document
    if document["status"] in SHIPPED:
        raise ProblemError("already_shipped", "The order has been handed to the carrier.")
    if document["status"] == OrderStatus.CANCELLED:
        if not accepted.cancellation_requested:
            raise ProblemError("already_final", "The order has been cancelled already.")
        return document
    if not accepted.cancellation_requested:
        now = datetime.now(UTC)
        with database_or_503():
            await request_cancellation(
                gateway.pool, gateway.relay, order_id, now, cancellation_record(order_id, now)
            )
    return document
