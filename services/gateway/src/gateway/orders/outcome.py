"""Holding an answer until the order has ended, where the client prefers that."""

from dataclasses import dataclass

from starlette.requests import Request

from gateway.gateway import gateway_of
from gateway.orders.preferences import preferred_wait
from gateway.orders.reading import current_document
from gateway.orders.waiting import Document


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a wait ended: `document` is None if the order has not, or nobody wanted to wait."""

    seconds: int
    document: Document | None


async def wait_for_outcome(request: Request, order_id: str) -> Outcome:
    """Wait for an order's end for as long as the request prefers, if there is room to wait."""
    gateway = gateway_of(request)
    seconds = preferred_wait(request.headers.get("prefer", ""))
    if seconds == 0 or not gateway.waiters.has_room():
        return Outcome(0, None)
    document = await gateway.waiters.until_final(
        order_id, seconds, lambda: current_document(gateway, order_id)
    )
    return Outcome(seconds, document)
