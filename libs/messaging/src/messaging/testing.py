"""Given, when, then for handlers: no broker, no database, no clock."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar

from events import Envelope, Event

from messaging.model.commands import Command
from messaging.model.delivery import Fact, MessageContext
from messaging.model.handlers import Handlers
from messaging.model.unit_of_work import UnitOfWork

W = TypeVar("W", bound=UnitOfWork[Any])
NOON = datetime(2010, 12, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event with its sequence at its producer, for one that is overtaken by a later one."""

    sequence: int
    event: Event


class Story(Generic[W]):
    """Events and commands of a service that is given facts, one after the other.

    An event that is not `Numbered` has the next sequence of its order and topic. `emitted` and `asked` hold what the last `when` led to; `work` holds the state after it.
    """

    def __init__(self, handlers: Handlers[W], work: W) -> None:
        self._handlers = handlers
        self.work = work
        self.work.now = NOON
        self.envelopes: list[Envelope] = []
        self.asked: list[Command] = []
        self._consumed: Counter[tuple[str, str]] = Counter()

    def given(self, *facts: Fact | Numbered) -> Self:
        """Let these facts have been handled before."""
        return self.when(*facts)

    def when(self, *facts: Fact | Numbered) -> Self:
        """Handle facts in this order."""
        self.work.emitted.clear()
        self.work.asked.clear()
        for told in facts:
            fact, sequence = self._number(told)
            self.work.cause = MessageContext(correlation_id="test", sequence=sequence)
            self._handlers.handle(fact, self.work)
        self.envelopes = list(self.work.emitted)
        self.asked = [asked.command for asked in self.work.asked]
        return self

    @property
    def emitted(self) -> Sequence[Event]:
        """What was said, without its envelopes."""
        return [envelope.event for envelope in self.envelopes]

    def _number(self, told: Fact | Numbered) -> tuple[Fact, int]:
        if isinstance(told, Numbered):
            return told.event, told.sequence
        if not isinstance(told, Event):
            return told, 0
        source = (told.key, told.topic.name)
        self._consumed[source] += 1
        return told, self._consumed[source]


def given(handlers: Handlers[W], work: W) -> Story[W]:
    """Begin a story with this state."""
    return Story(handlers, work)
