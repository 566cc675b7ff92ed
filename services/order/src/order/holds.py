"""What holds an order up: something about it that a service could not handle and has set aside."""

from dataclasses import dataclass
from datetime import datetime

from events import DeadLettered, DeadLetterSettled


@dataclass(frozen=True, slots=True)
class Hold:
    """One open dead letter, by its number in the service that could not handle the fact."""

    service: str
    letter: int
    fact: str
    error: str
    since: datetime


Holds = dict[str, Hold | None]
"""Every letter that is known. One that is settled stays as None: its notice may come first."""


def note(holds: Holds, event: DeadLettered) -> None:
    """Note a letter, unless it is known to be settled."""
    hold = Hold(event.service, event.letter, event.fact, event.error, event.set_aside_at)
    holds.setdefault(_name(event), hold)


def settle(holds: Holds, event: DeadLetterSettled) -> None:
    """Note that a letter holds nothing up any more."""
    holds[_name(event)] = None


def still_open(holds: Holds) -> list[Hold]:
    """Return the letters that wait for an operator."""
    return [hold for hold in holds.values() if hold is not None]


def _name(event: DeadLettered | DeadLetterSettled) -> str:
    return f"{event.service}:{event.letter}"
