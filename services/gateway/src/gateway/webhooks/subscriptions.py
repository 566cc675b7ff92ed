"""The notifier's API: it keeps the subscriptions, the gateway knows whose they are."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from gateway.problems.problem import FieldError, ProblemError
from gateway.upstreams.upstream import Fields, Upstream, document_of

WEBHOOK_ID = re.compile(r"whk_[0-9a-f]{32}")
CONFLICTS: Mapping[str, tuple[str, str]] = {
    "exists": ("webhook_exists", "There is a subscription with this URL."),
    "too_many": ("too_many_webhooks", "One has to go before another can come."),
}
NOT_FOUND, CONFLICT, NOT_ALLOWED = 404, 409, 422
Document = dict[str, Any]


class Webhooks:
    """Client of the notifier for one customer's subscriptions at a time.

    Each of its methods raises `ProblemError` if the notifier is unavailable, too slow, or makes no sense,
    and those about one subscription if the customer has none of that id.
    """

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def add(self, customer_id: str, url: str) -> Document:
        """Notify the customer's system at this address from now on; the response has the secret.

        Raises:
            ProblemError: the address is not allowed, there already, or one too many.
        """
        body = {"customer_id": customer_id, "url": url}
        answer = await self.upstream.change("POST", "/webhooks", body=body)
        if answer.status_code == CONFLICT:
            raise _conflict(_detail(answer))
        if answer.status_code == NOT_ALLOWED:
            why = _detail(answer)
            raise ProblemError("invalid_webhook", why, errors=[FieldError("/url", why)])
        return self._document(answer)

    async def list(self, customer_id: str) -> Document:
        """List all of the customer's."""
        return self._document(await self.upstream.get("/webhooks", {"customer_id": customer_id}))

    async def read(self, customer_id: str, webhook_id: str) -> Document:
        """Read one of them."""
        path = _path(webhook_id)
        return self._document(await self.upstream.get(path, {"customer_id": customer_id}))

    async def rotate(self, customer_id: str, webhook_id: str) -> Document:
        """Give it a new secret; the answer has it."""
        path = f"{_path(webhook_id)}/rotate"
        query = {"customer_id": customer_id}
        return self._document(await self.upstream.change("POST", path, query))

    async def remove(self, customer_id: str, webhook_id: str) -> None:
        """Remove it: nothing more is sent there."""
        query = {"customer_id": customer_id}
        answer = await self.upstream.change("DELETE", _path(webhook_id), query)
        if not answer.is_success:
            self._document(answer)

    async def deliveries(self, customer_id: str, webhook_id: str, query: Fields) -> Document:
        """Read a page of its deliveries: `data`, `has_more`, `next_cursor`."""
        path = f"{_path(webhook_id)}/deliveries"
        wanted = {"customer_id": customer_id, **query}
        return self._document(await self.upstream.get(path, wanted))

    def _document(self, answer: httpx.Response) -> Document:
        if answer.status_code == NOT_FOUND:
            raise _not_found()
        return document_of(self.upstream.name, answer)


def _path(webhook_id: str) -> str:
    """Return where the notifier has it; what cannot be an id never becomes part of an address."""
    if not WEBHOOK_ID.fullmatch(webhook_id):
        raise _not_found()
    return f"/webhooks/{webhook_id}"


def _not_found() -> ProblemError:
    return ProblemError("webhook_not_found", "None of yours has this id: see GET /v1/webhooks.")


def _conflict(reason: str) -> ProblemError:
    if reason not in CONFLICTS:
        return ProblemError("upstream_invalid", "The notifier refuses for a reason of its own.")
    return ProblemError(*CONFLICTS[reason])


def _detail(answer: httpx.Response) -> str:
    """Return why the notifier refuses."""
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    if not isinstance(detail, str):
        raise ProblemError("upstream_invalid", "The notifier refuses, and does not say why.")
    return detail
