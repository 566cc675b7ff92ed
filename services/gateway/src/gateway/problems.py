"""Everything that the gateway refuses, as problem documents with a stable code.

Source: RFC 9457 (Problem Details for HTTP APIs). The `type` of a problem leads to `/problems/CODE`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of refusal: its status, its title, and what the client should do about it."""

    status: int
    title: str
    advice: str


TRY_AGAIN = "Try again after Retry-After seconds, with the same Idempotency-Key."

KINDS: Mapping[str, Kind] = {
    "invalid_json": Kind(400, "The body is not JSON", "Mend the body at the place named."),
    "idempotency_key_missing": Kind(
        400,
        "No Idempotency-Key",
        "Send a new random value, such as a UUID, with every new order, and the same when retrying.",
    ),
    "idempotency_key_invalid": Kind(
        400, "Bad Idempotency-Key", "Send 1 to 255 printable ASCII characters."
    ),
    "invalid_query": Kind(400, "Bad query", "Mend the parameters named in errors."),
    "token_missing": Kind(401, "No token", "Send Authorization: Bearer TOKEN."),
    "token_invalid": Kind(401, "The token is not valid", "Get a new token from the issuer."),
    "insufficient_scope": Kind(
        403, "The token does not allow this", "Get a token with the scope named."
    ),
    "not_found": Kind(404, "There is nothing here", "See / for what there is."),
    "order_not_found": Kind(404, "No such order", "Only your own orders can be seen."),
    "product_not_found": Kind(404, "No such product", "See /v1/products for what there is."),
    "method_not_allowed": Kind(405, "Not with this method", "See Allow for the right ones."),
    "already_shipped": Kind(409, "The order has shipped", "It cannot be cancelled any more."),
    "already_final": Kind(409, "The order has ended", "There is nothing left to cancel."),
    "idempotency_key_in_use": Kind(
        409,
        "The Idempotency-Key is in use",
        "An earlier request with it is still being answered: try again after Retry-After seconds.",
    ),
    "order_already_placed": Kind(
        409, "The order has been placed", "Attach a fault plan before its order is placed."
    ),
    "price_changed": Kind(
        409, "The total is another one", "Show the customer the new total, and send that."
    ),
    "body_too_large": Kind(413, "The body is too large", "Send at most 256 KiB."),
    "unsupported_media_type": Kind(415, "Not a JSON body", "Send Content-Type: application/json."),
    "invalid_order": Kind(422, "The order is not valid", "Mend the fields named in errors."),
    "unknown_sku": Kind(422, "A product is not for sale", "See /v1/products for what there is."),
    "unknown_fault_plan": Kind(
        422, "There is no such fault plan", "See GET /admin/fault-plans for what there is."
    ),
    "wrong_currency": Kind(422, "Not in this currency", "Order in the shop's currency."),
    "card_number_refused": Kind(
        422,
        "Card numbers are refused",
        "Exchange the card for a payment token at the provider, and send only that.",
    ),
    "idempotency_key_reused": Kind(
        422,
        "The Idempotency-Key belongs to another order",
        "Use a new key for a new order, and the very same body when retrying.",
    ),
    "internal_error": Kind(500, "Something went wrong here", TRY_AGAIN),
    "catalogue_not_ready": Kind(503, "The catalogue is still being read", TRY_AGAIN),
    "database_unavailable": Kind(503, "The order book is away", TRY_AGAIN),
    "order_service_unavailable": Kind(503, "The order service is away", TRY_AGAIN),
    "keys_unavailable": Kind(503, "The token issuer's keys are away", TRY_AGAIN),
    "overloaded": Kind(503, "Too many orders at once", TRY_AGAIN),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one part of a request; `pointer` is a JSON pointer (RFC 6901) into it."""

    pointer: str
    detail: str


class ProblemError(Exception):
    """A request cannot be done; `code` is one of `KINDS`. Nothing that was sent is repeated."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def problem_response(problem: ProblemError, request_id: str) -> Response:
    """The answer that tells a client of a problem."""
    kind = KINDS[problem.code]
    document = {
        "type": f"/problems/{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "code": problem.code,
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in problem.errors],
        "request_id": request_id,
    }
    again = {"Retry-After": "1"} if kind.status == UNAVAILABLE else {}
    return Response(
        json.dumps(document),
        status_code=kind.status,
        headers={**again, "Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )
