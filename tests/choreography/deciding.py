"""What a service decides: its real handler, run once for each distinct state and fact."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from events import Event
from messaging import Command, Fact, Handlers, MessageContext, UnitOfWork

NOON = datetime(2010, 12, 1, 12, 0, tzinfo=UTC)
PASSING = frozenset({"emitted", "asked", "told", "now", "cause"})
"""What a unit of work holds for one batch only; all else is the service's state."""


@dataclass(frozen=True, slots=True, eq=False)
class Emitted:
    """An event as it was said: with its sequence at its producer. Made by `said`."""

    event: Event
    sequence: int
    place: str
    """Where it stands among others, whichever of them was said first."""


@cache
def emitted(event: Event, sequence: int) -> Emitted:
    """The only one of its kind, so that millions of comparisons need not look inside."""
    return Emitted(event, sequence, place=f"{event!r} {sequence}")


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from a fact: the next state, what is said and what is asked."""

    before: int
    fact: Fact
    after: int
    emitted: tuple[Emitted, ...]
    asked: tuple[Command, ...]


class HandlerFailedError(Exception):
    """A handler raised, or broke a rule that holds for every handler."""

    def __init__(self, service: str, fact: Fact, reason: str) -> None:
        super().__init__(f"{service} cannot handle {type(fact).__name__}: {reason}")


class Decider:
    """A service without its surroundings; its states are numbered, 0 is the first.

    It is given no event of which `unmoved_by` says that nothing follows from it.
    """

    def __init__(
        self,
        handlers: Handlers[Any],
        work: UnitOfWork[Any],
        *,
        forget_version: bool = False,
        unmoved_by: Callable[[Event], bool] = lambda _: False,
    ) -> None:
        self.name = handlers.service
        self.handlers = handlers
        self.works: list[UnitOfWork[Any]] = [work]
        self.decisions: dict[tuple[int, Fact, int], Decision] = {}
        self._forget_version = forget_version
        self._unmoved_by = unmoved_by
        self._numbers = {_content(work): 0}

    def consumes(self, event: Event) -> bool:
        """Whether a handler is concerned by an event, and something could follow from that."""
        return self.handlers.concerns(event) and not self._unmoved_by(event)

    def decide(self, state: int, fact: Fact, sequence: int = 0) -> Decision:
        """Let the handler decide about a fact.

        Raises:
            HandlerFailedError: it raised, or what it said has a gap in its sequence.
        """
        known = self.decisions.get((state, fact, sequence))
        if known is not None:
            return known
        work = deepcopy(self.works[state])
        work.emitted, work.asked, work.now = [], [], NOON
        work.cause = MessageContext(correlation_id="explored", sequence=sequence)
        versions = {key: aggregate.version for key, aggregate in work.aggregates.items()}
        try:
            self.handlers.handle(fact, work)
        except Exception as error:
            raise HandlerFailedError(self.name, fact, f"{type(error).__name__}: {error}") from error
        gap = _gap(work, versions)
        if gap is not None:
            raise HandlerFailedError(self.name, fact, gap)
        decision = Decision(
            before=state,
            fact=fact,
            after=self._number(work),
            emitted=tuple(emitted(event.event, event.sequence) for event in work.emitted),
            asked=tuple(asked.command for asked in work.asked),
        )
        self.decisions[state, fact, sequence] = decision
        return decision

    def of(self, state: int, order_id: str) -> Any:
        """What the service knows of the order in a state."""
        return self.works[state].of(order_id)

    def _number(self, work: UnitOfWork[Any]) -> int:
        if self._forget_version:
            for aggregate in work.aggregates.values():
                aggregate.version = 0
        content = _content(work)
        if content not in self._numbers:
            self._numbers[content] = len(self.works)
            self.works.append(work)
        return self._numbers[content]


def _content(work: UnitOfWork[Any]) -> str:
    """All that a later decision can depend on."""
    return repr({name: value for name, value in vars(work).items() if name not in PASSING})


def _gap(work: UnitOfWork[Any], versions: dict[str, int]) -> str | None:
    """What is wrong with the sequences: 1, 2, 3 per order; an only event of its topic has a 1."""
    for key, aggregate in work.aggregates.items():
        expected = list(range(versions.get(key, 0) + 1, aggregate.version + 1))
        sequences = [event.sequence for event in work.emitted if event.event.key == key]
        if len(sequences) > len(expected):
            sequences.remove(1)
        if sequences != expected:
            return f"said {sequences} where {expected} were to follow"
    return None
