"""Facts of one service besides events: answers of external systems, and timers of its own."""

from events import OrderId
from pydantic import BaseModel, ConfigDict


class LocalFact(BaseModel):
    """Something that one service learned by itself about an order; it never travels on a topic."""

    model_config = ConfigDict(frozen=True)

    order_id: OrderId


class Answer(LocalFact):
    """The outside world's answer to a command."""


class Timer(LocalFact):
    """Time has passed. A timer may fire twice, so its handler must look at the state first."""


class CommandFact(LocalFact):
    """Something about a command: its kind, and its body as it was written down."""

    command: str
    body: str


class CommandRefused(CommandFact):
    """A command has ended without what it asked for, and is not retried by itself.

    `is_final` says that nothing was done and never will be; otherwise the outcome is unknown.
    """

    reason: str
    is_final: bool = True


class CommandRedriven(CommandFact):
    """An operator wants a command that was refused to be asked once more."""
