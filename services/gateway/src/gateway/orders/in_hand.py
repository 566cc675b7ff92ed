"""The orders that this process is just accepting, by their idempotency keys."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.orders.acceptance import Key
from gateway.problems.problem import ProblemError

AGAIN = {"Retry-After": "1"}


class InHand:
    """Who is being served: the same key is not served twice at once.

    What this cannot see is a request with the same key at another replica. There the database
    decides: the second transaction waits for the first one's commit, which takes milliseconds since
    it is a single statement that the server ends by itself, whatever becomes of the replica. Then
    the second is given the first one's answer. If the server is so slow that its patience ends
    (`TIMEOUT_S`), the answer is `database_unavailable`, with the same advice: try again.
    """

    def __init__(self) -> None:
        self._keys: set[Key] = set()

    def __len__(self) -> int:
        return len(self._keys)

    @contextmanager
    def hold(self, customer_id: str, key: str) -> Iterator[None]:
        """Hold a key for as long as the block lasts: until its order is written or refused.

        Raises:
            ProblemError: an earlier request with this key has it; its answer is to be had soon.
        """
        held = (customer_id, key)
        if held in self._keys:
            raise ProblemError(
                "idempotency_key_in_use",
                "A request with this Idempotency-Key is just being answered.",
                headers=AGAIN,
            )
        self._keys.add(held)
        try:
            yield
        finally:
            self._keys.discard(held)
