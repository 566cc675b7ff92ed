"""One thing that a service has to act on, wherever it came from."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from events import DeadLetterOutcome, Envelope, Event, Waits

from messaging.model.facts import LocalFact
from messaging.model.hop import Hop

Fact = Event | LocalFact
ORDER_ID = re.compile(rb"ord_[0-9a-f]{32}")
TRACE_ID = slice(3, 35)
"""Where a `traceparent` of version 00 has its trace's id. Source: W3C Trace Context, section 3.2."""


def _nothing() -> None:
    """Acknowledge nothing: no broker waits for it."""


@dataclass(frozen=True, slots=True)
class MessageContext:
    """The message that an emission follows from; see `events.Envelope` for the meaning of the ids.

    `sequence` is that of the event received: a fact that outranks an older one of the same source.
    `baggage` goes on with all that follows. `waits` says where the time went since that message was
    emitted, `traceparent` names the span by which what follows is known to follow.
    """

    correlation_id: str
    causation_id: UUID | None = None
    traceparent: str | None = None
    sequence: int = 0
    baggage: str | None = None
    waits: Waits | None = None

    @classmethod
    def of(cls, envelope: Envelope) -> "MessageContext":
        """Return the context for what follows from the event in this envelope."""
        return cls(
            envelope.correlation_id,
            envelope.id,
            envelope.traceparent,
            envelope.sequence,
            envelope.baggage,
        )

    def log_keys(self) -> dict[str, str]:
        """Return the trace that a log line belongs to, if there is one."""
        return {"trace_id": self.traceparent[TRACE_ID]} if self.traceparent else {}


@dataclass(frozen=True, slots=True)
class ConsumedRecord:
    """A broker record as it came, kept so that a refused one can be set aside untouched.

    It was sent at `sent_ms` and arrived here at `arrived_ms`; both are None for one that is read again.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    sent_ms: int | None = None
    arrived_ms: int | None = None


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
    dead letter that is tried once more by its `redrive`; a timer has none of them. `error` says why a
    record could not be read, `unknown_type` the type of an event that is unknown here. `hop` has the
    times of its way here, if it came by a way.
    """

    fact: Fact | None
    cause: MessageContext
    event_id: UUID | None = None
    command_key: str | None = None
    redrive: Redrive | None = None
    record: ConsumedRecord | None = None
    hop: Hop | None = None
    unknown_type: str | None = None
    error: Exception | None = None
    acknowledge: Callable[[], None] = _nothing

    def log_keys(self) -> dict[str, str]:
        """Name in a log line the fact, order, event, trace; of what is unreadable, its place."""
        keys = self.cause.log_keys()
        if self.fact is not None:
            keys["fact"] = type(self.fact).__name__
            if order_id := getattr(self.fact, "order_id", None):
                keys["order_id"] = order_id
            if self.event_id is not None:
                keys["event_id"] = str(self.event_id)
        elif self.record is not None:
            keys["record"] = f"{self.record.topic}/{self.record.partition}/{self.record.offset}"
            if ORDER_ID.fullmatch(self.record.key or b""):
                keys["order_id"] = (self.record.key or b"").decode()
        return keys
