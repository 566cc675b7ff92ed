"""What a service can be told besides events: answers from the outside world, and alarms of its own."""

from events import OrderId
from pydantic import BaseModel, ConfigDict


class LocalFact(BaseModel):
    """Something that one service learned by itself about an order; it never travels on a topic."""

    model_config = ConfigDict(frozen=True)

    order_id: OrderId


class Answer(LocalFact):
    """What the outside world answered to a command."""


class Alarm(LocalFact):
    """Time has passed. An alarm may ring twice, so its handler must look at the state first."""


class CommandFact(LocalFact):
    """Something about a command: its kind, and its body as it was written down."""

    command: str
    body: str


class CommandRefused(CommandFact):
    """A command has ended without what it asked for, and nobody tries it again by himself.

    `is_final` says that nothing was done and never will be; otherwise nobody knows what was.
    """

    reason: str
    is_final: bool = True


class CommandRedriven(CommandFact):
    """An operator wants a command that was refused to be asked once more."""
