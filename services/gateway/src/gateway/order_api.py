"""The order service's read side: where every order stands."""

from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from gateway.problems import ProblemError

log = structlog.get_logger(__name__)
TIMEOUT_S = 3.0
TRIES = 2
"""A kept connection may be closed by the other side just when it is used: once more is enough."""
NOT_FOUND = 404
WRONG_QUERY = (400, 422)


class OrderApi:
    """Asks the order service; `http` has its address."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def order(self, order_id: str) -> dict[str, Any] | None:
        """Where one order stands; None while the order service has not heard of it.

        Raises:
            ProblemError: the order service is away.
        """
        answer = await self._get(f"/orders/{order_id}", {})
        if answer.status_code == NOT_FOUND:
            return None
        return self._document(answer)

    async def orders(self, query: Mapping[str, str | int]) -> dict[str, Any]:
        """A page of orders: `data`, `has_more`, `next_cursor`.

        Raises:
            ProblemError: the order service is away, or does not understand the query.
        """
        answer = await self._get("/orders", query)
        if answer.status_code in WRONG_QUERY:
            raise ProblemError("invalid_query", "The order service does not understand the query.")
        return self._document(answer)

    async def check(self) -> str | None:
        """What is wrong with the order service, for readiness."""
        answer = await self._http.get("/healthz")
        return None if answer.is_success else f"answers {answer.status_code}"

    async def _get(self, path: str, query: Mapping[str, str | int]) -> httpx.Response:
        for tried in range(1, TRIES + 1):
            try:
                return await self._http.get(path, params=query, timeout=TIMEOUT_S)
            except httpx.TransportError as error:
                if tried == TRIES or isinstance(error, httpx.TimeoutException):
                    log.warning("order service away", error=repr(error))
                    break
        raise _unavailable()

    def _document(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            log.warning("order service failed", status=answer.status_code)
            raise _unavailable()
        document: dict[str, Any] = answer.json()
        return document


def _unavailable() -> ProblemError:
    return ProblemError("order_service_unavailable", "The order's status cannot be had just now.")
