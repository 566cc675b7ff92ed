"""Breadth first through everything that can happen, so that the first bad end found is a shortest one."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from choreography.actors import Move
from choreography.deciding import Emitted, HandlerFailedError

State = tuple[int, ...]
"""One number for each actor: its situation."""


class Actor(Protocol):
    """A participant that can act, receive events, and be at rest."""

    name: str

    def moves(self, situation: int) -> tuple[Move, ...]:
        """Whatever may happen to it next."""
        ...

    def consumes(self, emitted: Emitted) -> bool:
        """Whether an event is anything to it."""
        ...

    def receive(self, situation: int, emitted: tuple[Emitted, ...]) -> int:
        """The situation with these events on their way to it."""
        ...

    def is_at_rest(self, situation: int) -> bool:
        """Whether it would do nothing more by itself."""
        ...


@dataclass(frozen=True, slots=True)
class Explored:
    """How much there was to see; `ends` counts the states at rest by what they are called."""

    states: int
    moves: int
    ends: Counter[str]


class CanHappenError(AssertionError):
    """Something that must not happen can happen; the message tells the shortest way there."""


class BadEndingError(Exception):
    """An end is not as it must be; the message says what is wrong with it."""


class Stage:
    """All actors together."""

    def __init__(self, actors: Sequence[Actor]) -> None:
        self.actors = tuple(actors)
        self._listeners: dict[tuple[Emitted, ...], tuple[int, ...]] = {}

    def open(self, first: tuple[Emitted, ...]) -> State:
        """Where everything begins: nothing was received yet, and this is on its way."""
        return tuple(actor.receive(0, first) for actor in self.actors)

    def is_at_rest(self, state: State) -> bool:
        """Whether nothing has to happen any more."""
        return all(a.is_at_rest(n) for a, n in zip(self.actors, state, strict=True))

    def following(self, state: State) -> Iterator[tuple[State, str]]:
        """Every state that may be the next, and why.

        Raises:
            HandlerFailedError: a handler raised.
        """
        for index, actor in enumerate(self.actors):
            for after, event, why in actor.moves(state[index]):
                if not event:
                    yield (*state[:index], after, *state[index + 1 :]), why
                    continue
                changed = list(state)
                changed[index] = after
                for other in self._listeners_to(event):
                    changed[other] = self.actors[other].receive(changed[other], event)
                yield tuple(changed), why

    def _listeners_to(self, emitted: tuple[Emitted, ...]) -> tuple[int, ...]:
        found = self._listeners.get(emitted)
        if found is None:  # to some events no one listens
            listening = (i for i, a in enumerate(self.actors) if any(map(a.consumes, emitted)))
            found = self._listeners[emitted] = tuple(listening)
        return found


def explore(
    actors: Sequence[Actor], first: tuple[Emitted, ...], judge: Callable[[State], str]
) -> Explored:
    """Visit every state that can follow from the first events; `judge` names each end or raises.

    Raises:
        CanHappenError: an end is bad, or a handler raised.
    """
    stage = Stage(actors)
    start = stage.open(first)
    came_from: dict[State, State | None] = {start: None}
    todo, ends, moves = deque([start]), Counter[str](), 0
    while todo:
        state = todo.popleft()
        try:
            if stage.is_at_rest(state):
                ends[judge(state)] += 1
            for after, _ in stage.following(state):
                moves += 1
                if after not in came_from:
                    came_from[after] = state
                    todo.append(after)
        except (HandlerFailedError, BadEndingError) as error:
            raise CanHappenError(_story(stage, came_from, state, error)) from error
    return Explored(len(came_from), moves, ends)


def _story(stage: Stage, came_from: dict[State, State | None], end: State, error: Exception) -> str:
    steps = [str(error)]
    after, before = end, came_from[end]
    while before is not None:
        steps.append(next(why for state, why in stage.following(before) if state == after))
        after, before = before, came_from[before]
    lines = [f"{number}. {step}" for number, step in enumerate(reversed(steps), 1)]
    return "\n".join(["this can happen:", *lines])
