"""Everything that can happen to a request that places an order, and what is promised for each case.

This is the table of docs/placing-orders.md: a test compares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

ACCEPTED, REPLAYED = "`202`", "`202` again"
MISSING, INVALID = "`400 idempotency_key_missing`", "`400 idempotency_key_invalid`"
IN_USE, REUSED = "`409 idempotency_key_in_use`", "`422 idempotency_key_reused`"
UNKNOWN_SKU, AWAY = "`422 unknown_sku`", "`503 database_unavailable`"


@dataclass(frozen=True, slots=True)
class Case:
    """A case: when it is, what the client may be told, and how many orders there are then.

    `name` is that of the function in `placing` which brings it about.
    """

    name: str
    when: str
    answers: tuple[str, ...]
    orders: tuple[int, ...] = (1,)

    def row(self) -> str:
        """Its line in the table."""
        return (
            f"| {self.when} | {' or '.join(self.answers)} | {' or '.join(map(str, self.orders))} |"
        )


CASES = (
    Case("no_key", "the request has no key", (MISSING,), (0,)),
    Case(
        "bad_key",
        "the key has more than 255 characters, or some beyond ASCII",
        (INVALID,),
        (0,),
    ),
    Case("first", "the key is new", (ACCEPTED,)),
    Case("again", "the key was used before, with the same order", (REPLAYED,)),
    Case(
        "other_form",
        "… with the same order in other words: spaces, order of the fields",
        (REPLAYED,),
    ),
    Case("other_body", "… with another order", (REUSED,)),
    Case("other_customer", "… by another customer", (ACCEPTED,), (2,)),
    Case(
        "refused",
        "… and the order was rejected (`422 unknown_sku`), and is corrected now",
        (ACCEPTED,),
    ),
    Case("running", "the first request is still being answered", (IN_USE,)),
    Case("running_other_body", "… and this one has another order", (IN_USE,)),
    Case("twenty", "twenty requests at once, to one gateway", (ACCEPTED, REPLAYED, IN_USE)),
    Case("replicas", "twenty requests at once, to two gateways", (ACCEPTED, REPLAYED, IN_USE)),
    Case(
        "gave_up",
        "the client gave up on the first request while it ran, and asks again",
        (REPLAYED,),
    ),
    Case("hung_up", "the client hung up before the first request was complete", (ACCEPTED,)),
    Case("locked", "the database does not answer in time", (AWAY,), (0, 1)),
    Case("locked_again", "… and does now", (ACCEPTED, REPLAYED)),
    Case(
        "killed",
        "the gateway died between commit and answer, and the client asks again",
        (REPLAYED,),
    ),
)


def in_words(answer: httpx.Response) -> str:
    """An answer in the words of the table."""
    if not answer.is_success:
        return f"`{answer.status_code} {answer.json()['code']}`"
    assert answer.headers["location"] == f"/v1/orders/{answer.json()['id']}"
    return REPLAYED if answer.headers.get("idempotent-replayed") == "true" else ACCEPTED


def all_in_words(answers: Sequence[httpx.Response]) -> list[str]:
    """Several answers in the words of the table."""
    return [in_words(answer) for answer in answers]
