"""Which changes of state are allowed; everything else raises."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class IllegalTransitionError(ValueError):
    """A state was asked to become one that its lifecycle does not allow.

    It is a repeat if what was asked for has been so before: the fact was applied, and is received
    again though the inbox has forgotten it.
    """

    def __init__(self, noun: str, old: StrEnum, new: StrEnum, *, is_repeat: bool = False) -> None:
        super().__init__(f"the {noun} is {old} and cannot become {new}")
        self.noun, self.old, self.new, self.is_repeat = noun, old, new, is_repeat


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

    def apply(self, old: S, new: S) -> S:
        """Return `new` if it may follow `old`, for a fact that says what the state is from now on.

        Raises:
            IllegalTransitionError: it may not; `is_repeat` where `old` itself can follow `new`.
        """
        if new not in self.transitions[old]:
            raise IllegalTransitionError(self.noun, old, new, is_repeat=old in self._reachable(new))
        return new

    def _reachable(self, state: S) -> set[S]:
        """Return the state, and all that can follow it sooner or later."""
        found, left = {state}, [state]
        while left:
            following = self.transitions[left.pop()] - found
            found |= following
            left += following
        return found

    @property
    def final_states(self) -> frozenset[S]:
        """The states that nothing follows."""
        return frozenset(state for state, following in self.transitions.items() if not following)
