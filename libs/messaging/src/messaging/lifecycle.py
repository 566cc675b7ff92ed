"""Which changes of state are allowed; everything else raises."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class IllegalTransitionError(ValueError):
    """A state was asked to become one that its lifecycle does not allow."""

    def __init__(self, noun: str, old: StrEnum, new: StrEnum) -> None:
        super().__init__(f"the {noun} is {old} and cannot become {new}")
        self.noun, self.old, self.new = noun, old, new


class Lifecycle(Generic[S]):
    """The states of one kind of thing, and the only ways from one to the next."""

    def __init__(self, noun: str, transitions: Mapping[S, frozenset[S]]) -> None:
        self.noun = noun
        self.transitions = dict(transitions)

    def move(self, old: S, new: S) -> S:
        """Return `new` if it may follow `old`.

        Raises:
            IllegalTransitionError: it may not.
        """
        if new not in self.transitions[old]:
            raise IllegalTransitionError(self.noun, old, new)
        return new

    @property
    def final_states(self) -> frozenset[S]:
        """The states that nothing follows."""
        return frozenset(state for state, following in self.transitions.items() if not following)
