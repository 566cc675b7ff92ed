"""What can go wrong between a client and the gateway, in the gateway's own words, and what the client remembers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import httpx

Document = dict[str, Any]


class RefusedError(Exception):
    """The gateway refused a request for good; `code` is one of those that `/problems` explains.

    `pointers` say which parts of the body are wrong, such as `/lines/0/sku`.
    """

    def __init__(
        self, status: int, code: str, message: str, pointers: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.pointers = pointers


class NoAnswerError(Exception):
    """The gateway gave no usable answer in time; whether the request was carried out is unknown."""


class NotEndedError(Exception):
    """An order has not ended in time; `document` says where it stands."""

    def __init__(self, document: Document, seconds: float) -> None:
        super().__init__(f"{document['id']} is still {document['status']} after {seconds:.0f} s")
        self.document = document


def refusal(response: httpx.Response) -> RefusedError:
    """Read a refusal: its title, detail, and which fields are wrong."""
    try:
        problem = response.json()
        code, title, message = (str(problem[name]) for name in ("code", "title", "detail"))
        pointers = tuple(str(one["pointer"]) for one in problem["errors"])
        faults = "; ".join(f"{one['pointer']}: {one['detail']}" for one in problem["errors"])
    except (ValueError, KeyError, TypeError):
        return RefusedError(response.status_code, "unknown", f"answered {response.status_code}")
    if not message.startswith(f"{title}:"):
        message = f"{title}: {message}"
    if faults:
        message = f"{message} ({faults})"
    return RefusedError(response.status_code, code, message, pointers)


class LedgerEntry(NamedTuple):
    """What one client knows of one order that it tried to place, however often it tried.

    `ok`: it was given the order's id. `failed`: it was refused. `unknown`: it never had an answer.
    """

    idempotency_key: str
    outcome: Literal["ok", "failed", "unknown"]
    order_id: str | None = None


class Attempt:
    """One order that is being placed; `order_id` is set once the gateway has named it."""

    def __init__(self) -> None:
        self.order_id: str | None = None


class Ledger:
    """One entry per idempotency key, however often it was sent."""

    def __init__(self) -> None:
        self.entries: list[LedgerEntry] = []

    @contextmanager
    def attempt(self, key: str) -> Iterator[Attempt]:
        """Note how the placing of an order went; an interrupted attempt is `unknown`."""
        attempt = Attempt()
        try:
            yield attempt
        except RefusedError:
            self.entries.append(LedgerEntry(key, "failed"))
            raise
        except BaseException:
            self.entries.append(LedgerEntry(key, "unknown"))
            raise
        self.entries.append(LedgerEntry(key, "ok", attempt.order_id))
