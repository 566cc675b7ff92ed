"""Reading orders: from the order service, and from the gateway's own record until that knows them."""

import json
import re
from dataclasses import dataclass
from typing import Any

import asyncpg

from gateway.auth.claims import Caller
from gateway.database import TIMEOUT_S, database_or_503
from gateway.problems.problem import ProblemError
from gateway.reads.representations import Document, for_customers, with_links
from gateway.routes import OPERATE
from gateway.upstreams.upstream import Fields, Upstream, document_of

NOT_FOUND = 404
WRONG_QUERY = (400, 422)
ORDER_ID = re.compile(r"ord_[0-9a-f]{32}")
ACCEPTED = """
    SELECT customer_id, document, cancellation_requested_at, traceparent FROM accepted_orders
    WHERE order_id = $1
"""


@dataclass(frozen=True, slots=True)
class AcceptedOrder:
    """An order as it was accepted, and whether its cancellation has been requested since.

    `traceparent` names the span in which its event was created.
    """

    customer_id: str
    document: Document
    cancellation_requested: bool
    traceparent: str | None


class OrderReader:
    """Reader of orders for callers who may see them; `upstream` is the order service.

    An order that does not exist and one of another customer are deliberately indistinguishable.
    """

    def __init__(self, upstream: Upstream, pool: asyncpg.Pool) -> None:
        self.upstream = upstream
        self._pool = pool

    async def page(self, query: Fields) -> dict[str, Any]:
        """Read a page of orders: `data`, `has_more`, `next_cursor`.

        Raises:
            ProblemError: the order service is unavailable, too slow, or rejects the query.
        """
        answer = await self.upstream.get("/orders", query)
        if answer.status_code in WRONG_QUERY:
            raise ProblemError("invalid_query", "The order service does not understand the query.")
        return document_of(self.upstream.name, answer)

    async def latest(self, order_id: str) -> Document | None:
        """Read where an order stands; None while the order service does not know it.

        Raises:
            ProblemError: the order service is unavailable, too slow, or makes no sense.
        """
        answer = await self.upstream.get(f"/orders/{order_id}")
        if answer.status_code == NOT_FOUND:
            return None
        return document_of(self.upstream.name, answer)

    async def current(self, order_id: str) -> Document | None:
        """Read where an order stands, for its customer; None while the order service is unavailable."""
        try:
            document = await self.latest(order_id)
        except ProblemError:
            return None
        return document and with_links(for_customers(document))

    async def find(self, caller: Caller, order_id: str) -> Document:
        """Find an order's document; from the gateway's own record while the order service lacks it.

        Raises:
            ProblemError: the caller has no such order.
        """
        _check_order_id(order_id)
        document = await self.latest(order_id)
        if document is None:
            accepted = await self._accepted(order_id)
            document = accepted.document if accepted else None
        if document is None or not _may_see(caller, document["customer_id"]):
            raise _not_found()
        return with_links(document if OPERATE in caller.scopes else for_customers(document))

    async def find_accepted(self, caller: Caller, order_id: str) -> AcceptedOrder:
        """Find the gateway's own record of an order that the caller may see.

        Raises:
            ProblemError: the caller has no such order.
        """
        _check_order_id(order_id)
        accepted = await self._accepted(order_id)
        if accepted is None or not _may_see(caller, accepted.customer_id):
            raise _not_found()
        return accepted

    async def find_own(self, caller: Caller, order_id: str) -> AcceptedOrder:
        """Find the gateway's own record of an order that the caller placed.

        Raises:
            ProblemError: the caller has placed no such order.
        """
        accepted = await self.find_accepted(caller, order_id)
        if accepted.customer_id != caller.customer_id:
            raise _not_found()
        return accepted

    async def _accepted(self, order_id: str) -> AcceptedOrder | None:
        with database_or_503():
            row = await self._pool.fetchrow(ACCEPTED, order_id, timeout=TIMEOUT_S)
        if row is None:
            return None
        requested = row["cancellation_requested_at"] is not None
        document = json.loads(row["document"])
        return AcceptedOrder(row["customer_id"], document, requested, row["traceparent"])


def _may_see(caller: Caller, customer_id: str) -> bool:
    return OPERATE in caller.scopes or customer_id == caller.customer_id


def _check_order_id(order_id: str) -> None:
    """Reject what cannot be an order's id before it becomes part of an address."""
    if not ORDER_ID.fullmatch(order_id):
        raise _not_found()


def _not_found() -> ProblemError:
    return ProblemError("order_not_found", "You have no such order.")
