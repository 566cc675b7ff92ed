"""The customer, who may ask at any moment to stop the order."""

from choreography.actors import Move
from choreography.deciding import Emitted


class Customer:
    """A customer who may say the same thing at any moment, at most `times` times."""

    name = "customer"

    def __init__(self, emitted: Emitted, times: int) -> None:
        self._move = (emitted,)
        self._times = times

    def moves(self, situation: int) -> tuple[Move, ...]:
        """Say it once more, if it has not been said often enough."""
        if situation == self._times:
            return ()
        return (Move(situation + 1, self._move, "the customer asks to cancel"),)

    def is_silent(self, situation: int) -> bool:
        """Whether it has not been said yet."""
        return situation == 0

    def consumes(self, _: Emitted) -> bool:
        """Nothing is consumed."""
        return False

    def receive(self, situation: int, _: tuple[Emitted, ...]) -> int:
        """Nothing is received: the situation stays the same."""
        return situation

    def is_at_rest(self, _: int) -> bool:
        """Nothing must be said."""
        return True
