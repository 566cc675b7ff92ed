"""Whether another order may come in."""

from collections.abc import Sized

from gateway.pressure.backlog import Backlog
from gateway.problems.problem import ProblemError

FULL = ProblemError("overloaded", "As many orders as can be written soon are in hand.")
BEHIND = ProblemError(
    "overloaded",
    "Too much that was accepted has not been passed on yet.",
    headers={"Retry-After": "5"},
)


class Pressure:
    """Decides whether another order may come in.

    `in_hand` are the orders that wait for the database, at most `limit` of them. A longer queue
    would not let more orders through: it only lets each wait longer, in the end for nothing.
    """

    def __init__(self, in_hand: Sized, backlog: Backlog, limit: int) -> None:
        self._in_hand = in_hand
        self._limit = limit
        self.backlog = backlog

    def refusal(self) -> ProblemError | None:
        """Why no order may come in just now; None if one may."""
        if len(self._in_hand) >= self._limit:
            return FULL
        return BEHIND if self.backlog.is_too_much else None
