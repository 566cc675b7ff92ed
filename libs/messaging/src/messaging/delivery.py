"""One thing that a service has to act on, wherever it came from."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from events import DeadLetterOutcome, Envelope, Event

from messaging.facts import LocalFact

Fact = Event | LocalFact


def _nothing() -> None:
    """Acknowledge something that nobody waits for."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What an emission follows from; see `events.Envelope` for the meaning of the ids.

    `sequence` is that of the event heard: a fact that outranks an older one of the same source.
    `baggage` goes on with all that follows.
    """

    correlation_id: str
    causation_id: UUID | None = None
    traceparent: str | None = None
    sequence: int = 0
    baggage: str | None = None

    @classmethod
    def of(cls, envelope: Envelope) -> "Cause":
        """What follows from the event in this envelope follows from this."""
        return cls(
            envelope.correlation_id,
            envelope.id,
            envelope.traceparent,
            envelope.sequence,
            envelope.baggage,
        )


@dataclass(frozen=True, slots=True)
class HeardRecord:
    """A broker record as it came, kept so that a refused one can be set aside untouched."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True)
class Redrive:
    """An operator's order to handle a dead letter, by the numbers of both, and what it is then."""

    action: int
    letter: int
    outcome: DeadLetterOutcome = DeadLetterOutcome.REDRIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A fact to handle, and how to say that it was handled.

    `fact` is None where there is nothing for this service in it: it is acknowledged in its turn.
    An event is told from a repeat by `event_id`, an answer by the `command_key` that it settles, a
    dead letter that is tried once more by its `redrive`; an alarm has none of them. `error` says why a
    record could not be read, `unknown_type` of what type one is that nobody here knows.
    """

    fact: Fact | None
    cause: Cause
    event_id: UUID | None = None
    command_key: str | None = None
    redrive: Redrive | None = None
    record: HeardRecord | None = None
    unknown_type: str | None = None
    error: Exception | None = None
    acknowledge: Callable[[], None] = _nothing
