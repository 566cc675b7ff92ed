"""Given, when, then for handlers: no broker, no database, no clock."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar

from events import Envelope, Event

from messaging.commands import Command
from messaging.delivery import Cause, Fact
from messaging.handlers import Handlers
from messaging.work import UnitOfWork

W = TypeVar("W", bound=UnitOfWork[Any])
NOON = datetime(2010, 12, 1, 12, 0, tzinfo=UTC)


class Story(Generic[W]):
    """What a service says and asks when it is told facts, one after the other.

    `emitted` and `asked` hold what the last `when` led to; `work` holds the state after it.
    """

    def __init__(self, handlers: Handlers[W], work: W) -> None:
        self._handlers = handlers
        self.work = work
        self.work.now = NOON
        self.envelopes: list[Envelope] = []
        self.asked: list[Command] = []

    def given(self, *facts: Fact) -> Self:
        """Let these facts have been handled before."""
        return self.when(*facts)

    def when(self, *facts: Fact) -> Self:
        """Handle facts in this order."""
        self.work.emitted.clear()
        self.work.asked.clear()
        for fact in facts:
            self.work.cause = Cause(correlation_id="test")
            self._handlers.handle(fact, self.work)
        self.envelopes = list(self.work.emitted)
        self.asked = [asked.command for asked in self.work.asked]
        return self

    @property
    def emitted(self) -> Sequence[Event]:
        """What was said, without its envelopes."""
        return [envelope.event for envelope in self.envelopes]


def given(handlers: Handlers[W], work: W) -> Story[W]:
    """Begin a story with this state."""
    return Story(handlers, work)
