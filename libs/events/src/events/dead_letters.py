"""What every worker says about what it could not handle, so that orders can show what holds them."""

from enum import StrEnum
from typing import ClassVar

from pydantic import AwareDatetime

from events.event import OrderEvent
from events.topics import DEAD_LETTERS, Topic


class DeadLetterOutcome(StrEnum):
    """What an operator made of a dead letter."""

    REDRIVEN = "redriven"
    DISCARDED = "discarded"


class DeadLettered(OrderEvent):
    """A service could not handle something about the order, and has set it aside.

    `letter` is its number among the dead letters of that service, `fact` the name of the event or
    answer that it holds.
    """

    topic: ClassVar[Topic] = DEAD_LETTERS

    service: str
    letter: int
    fact: str
    error: str
    set_aside_at: AwareDatetime


class DeadLetterSettled(OrderEvent):
    """An operator has seen to a dead letter: it was handled after all, or given up."""

    topic: ClassVar[Topic] = DEAD_LETTERS

    service: str
    letter: int
    outcome: DeadLetterOutcome
