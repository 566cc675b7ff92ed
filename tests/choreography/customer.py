"""Whoever may ask at any moment to stop the order."""

from choreography.actors import Move
from choreography.deciding import Said


class Customer:
    """Whoever may say the same thing at any moment, up to so many times."""

    name = "customer"

    def __init__(self, said: Said, times: int) -> None:
        self._move = (said,)
        self._times = times

    def moves(self, situation: int) -> tuple[Move, ...]:
        """Say it once more, if it has not been said often enough."""
        if situation == self._times:
            return ()
        return (Move(situation + 1, self._move, "the customer asks to cancel"),)

    def is_silent(self, situation: int) -> bool:
        """Whether it has not been said yet."""
        return situation == 0

    def hears(self, _: Said) -> bool:
        """Nothing is."""
        return False

    def receive(self, situation: int, _: tuple[Said, ...]) -> int:
        """Nothing is heard."""
        return situation

    def is_at_rest(self, _: int) -> bool:
        """Nothing must be said."""
        return True
