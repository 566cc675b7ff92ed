"""Capacity that all customers share: limited in total and for each customer."""

from collections import Counter

from gateway.problems.problem import ProblemError

RETRY_LATER = {"Retry-After": "10"}


class Shares:
    """Places of one kind: `limit` in all, of which one customer may have `each`."""

    def __init__(self, limit: int, each: int) -> None:
        self._limit = limit
        self._each = each
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many are taken."""
        return self._held.total()

    @property
    def is_full(self) -> bool:
        """Whether no customer may have another one."""
        return len(self) >= self._limit

    def is_used_up(self, customer_id: str) -> bool:
        """Return whether this customer may not have another one."""
        return self._held[customer_id] >= self._each

    def has_room(self, customer_id: str) -> bool:
        """Return whether this customer may have another one."""
        return not self.is_full and not self.is_used_up(customer_id)

    def require_room(self, customer_id: str, what: str) -> None:
        """Reject one more stream of this customer if there is no room for it; `what` names the kind.

        Raises:
            ProblemError: the gateway has as many as it may, or the customer has.
        """
        if self.is_full:
            raise ProblemError("too_many_streams", f"This gateway has as many {what} as it may.")
        if self.is_used_up(customer_id):
            detail = f"You have as many {what} at this gateway as one customer may."
            raise ProblemError("too_many_own_streams", detail, headers=RETRY_LATER)

    def take(self, customer_id: str) -> None:
        """Take a place for the customer."""
        self._held[customer_id] += 1

    def give_back(self, customer_id: str) -> None:
        """Give a place of the customer back."""
        self._held -= Counter({customer_id: 1})

    def close(self) -> None:
        """Let no more be taken: the process is about to stop."""
        self._limit = 0
