"""The Idempotency-Key of a request: the same key is the same order, however often it is sent.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from events.limits import KEY_MAX
from starlette.requests import Request

from gateway.http.card_numbers import looks_like_card
from gateway.intake.store import Accepted, Key
from gateway.problems.problem import ProblemError

VALID = re.compile(rf"[!-+\--~](?:[ -+\--~]{{0,{KEY_MAX - 2}}}[!-+\--~])?")
"""1 to `KEY_MAX` printable ASCII characters without a comma; spaces at the ends are not part of a value.

A comma is what proxies join two lines of a header with (RFC 9110, 5.3): that would be a third key.
"""


def idempotency_key(request: Request) -> str:
    """Return the key that a client chose for its order.

    Raises:
        ProblemError: there is none, or it is none that could be kept, for it will be stored.
    """
    key = request.headers.get("idempotency-key", "")
    if not key:
        raise ProblemError("idempotency_key_missing", "The header Idempotency-Key is missing.")
    if not VALID.fullmatch(key):
        raise ProblemError(
            "idempotency_key_invalid",
            f"The header Idempotency-Key has more than {KEY_MAX} characters, a comma, or others than printable ASCII.",
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


AGAIN = {"Retry-After": "1"}


class InFlightKeys:
    """The keys in use: none is served twice at once, and one customer has at most `each`.

    What this cannot see is a request with the same key at another replica. There the database
    decides: the second transaction waits for the first one's commit, which takes milliseconds since
    it is a single statement that the server ends by itself, whatever becomes of the replica. Then
    the second is given the first one's answer. If the server is so slow that the statement times out
    (`TIMEOUT_S`), the answer is `database_unavailable`, with the same advice: try again.
    """

    def __init__(self, each: int = sys.maxsize) -> None:
        self._keys: set[Key] = set()
        self._each = each
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._keys)

    @contextmanager
    def hold(self, customer_id: str, key: str) -> Iterator[None]:
        """Hold a key for as long as the block lasts: until its order is written or refused.

        Raises:
            ProblemError: an earlier request with this key has it; its answer is to be had soon. Or
                the customer has as many in hand as one may have, of what all share.
        """
        held = (customer_id, key)
        if held in self._keys:
            raise ProblemError(
                "idempotency_key_in_use",
                "A request with this Idempotency-Key is just being answered.",
                headers=AGAIN,
            )
        if self._of[customer_id] >= self._each:
            raise ProblemError(
                "overloaded", "As many of your orders as can be written soon are in hand."
            )
        self._keys.add(held)
        self._of[customer_id] += 1
        try:
            yield
        finally:
            self._keys.discard(held)
            self._of -= Counter({customer_id: 1})
