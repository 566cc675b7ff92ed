"""The Idempotency-Key of a request: the same key is the same order, however often it is sent.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import re

from events.limits import KEY_MAX
from starlette.requests import Request

from gateway.http.card_numbers import looks_like_card
from gateway.orders.acceptance import Accepted
from gateway.problems.problem import ProblemError

VALID = re.compile(rf"[!-~](?:[ -~]{{0,{KEY_MAX - 2}}}[!-~])?")
"""1 to `KEY_MAX` printable ASCII characters; spaces at the ends are not part of a header's value."""


def idempotency_key(request: Request) -> str:
    """The key that a client chose for its order.

    Raises:
        ProblemError: there is none, or it is none that could be kept, for it will be stored.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise ProblemError("idempotency_key_missing", "The header Idempotency-Key is missing.")
    if not VALID.fullmatch(key):
        raise ProblemError(
            "idempotency_key_invalid",
            f"The header Idempotency-Key has more than {KEY_MAX} characters, or other ones than ASCII.",
        )
    if looks_like_card(key):
        raise ProblemError(
            "card_number_refused", "The Idempotency-Key holds what looks like a card number."
        )
    return key


def check_same_body(accepted: Accepted, body_hash: bytes) -> None:
    """Make sure that a key stands for the order that was sent with it.

    Raises:
        ProblemError: it was first used with another body.
    """
    if accepted.body_hash != body_hash:
        raise ProblemError(
            "idempotency_key_reused", "This Idempotency-Key was first sent with another body."
        )
