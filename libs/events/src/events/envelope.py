"""An event with what is known about its telling: who said it, when, because of what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.event import Event
from events.waits import Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One event as it was said.

    `correlation_id` is the same for everything that follows from one request; `causation_id` is
    the id of the event that this one answers, None for the first. `sequence` is the version of
    the aggregate that emitted it: per key and source it counts 1, 2, 3 without a gap.
    `traceparent` is the W3C trace context of the work that emitted it, `baggage` the W3C baggage
    that the first request asked to be carried along. `waits` says where the time went between the
    cause and this event; None for the first, and where nothing is known of it.
    """

    event: Event
    id: UUID
    source: str
    time: datetime
    correlation_id: str
    sequence: int
    causation_id: UUID | None = None
    traceparent: str | None = None
    baggage: str | None = None
    waits: Waits | None = None
