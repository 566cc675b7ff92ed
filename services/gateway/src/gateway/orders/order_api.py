"""The order service's read side: where every order stands."""

from typing import Any

from gateway.problems.problem import ProblemError
from gateway.upstreams.upstream import Fields, Upstream, document_of

NOT_FOUND = 404
WRONG_QUERY = (400, 422)


class OrderApi:
    """Asks the order service."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def order(self, order_id: str) -> dict[str, Any] | None:
        """Where one order stands; None while the order service has not heard of it.

        Raises:
            ProblemError: the order service is away, too slow, or makes no sense.
        """
        answer = await self.upstream.get(f"/orders/{order_id}")
        if answer.status_code == NOT_FOUND:
            return None
        return document_of(self.upstream.name, answer)

    async def orders(self, query: Fields) -> dict[str, Any]:
        """A page of orders: `data`, `has_more`, `next_cursor`.

        Raises:
            ProblemError: the order service is away, too slow, or does not understand the query.
        """
        answer = await self.upstream.get("/orders", query)
        if answer.status_code in WRONG_QUERY:
            raise ProblemError("invalid_query", "The order service does not understand the query.")
        return document_of(self.upstream.name, answer)
