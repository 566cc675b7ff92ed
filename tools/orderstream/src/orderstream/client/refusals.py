"""What can go wrong between a client and the gateway, in the gateway's own words."""

from typing import Any

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
        code, message = str(problem["code"]), f"{problem['title']}: {problem['detail']}"
        pointers = tuple(str(one["pointer"]) for one in problem["errors"])
        faults = "; ".join(f"{one['pointer']}: {one['detail']}" for one in problem["errors"])
    except (ValueError, KeyError, TypeError):
        return RefusedError(response.status_code, "unknown", f"answered {response.status_code}")
    if faults:
        message = f"{message} ({faults})"
    return RefusedError(response.status_code, code, message, pointers)
