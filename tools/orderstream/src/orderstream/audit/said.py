"""What was said or is still to be: the records on the topics, and what could not be said or handled."""

from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_OID, uuid5


class StatusChange(NamedTuple):
    """One step of an order's way, from the history table or from the topic."""

    order_id: str
    sequence: int
    status: str
    previous: str | None = None


class Event(NamedTuple):
    """One record on a topic, by its headers.

    `at_ms` is when the record was made. `status` is the new one, where a status has changed.
    """

    topic: str
    partition: int
    offset: int
    at_ms: int
    id: str
    type: str
    source: str
    order_id: str
    sequence: int
    causation_id: str | None
    status: str | None = None


class Stray(NamedTuple):
    """A record on a topic that is no event."""

    topic: str
    partition: int
    offset: int

    @property
    def id(self) -> str:
        """What inboxes know it by: its place, for it has no id of its own that could be trusted."""
        return str(uuid5(NAMESPACE_OID, f"{self.topic}/{self.partition}/{self.offset}"))


class Fault(NamedTuple):
    """What is wrong with a stray, and of what type it says it is, as far as either can be told."""

    reason: str = ""
    type: str | None = None


class Notice(NamedTuple):
    """CustomerNotified, from its topic."""

    order_id: str
    kind: str
    message_id: str


class Pending(NamedTuple):
    """Something that a service has written down and not yet done: `what` is a topic or a command.

    `since` is when it was written down; None where that is not known.
    """

    service: str
    order_id: str
    what: str
    attempts: int = 0
    last_error: str | None = None
    since: datetime | None = None
    is_command: bool = False


PLANNED = "PlannedFaultError:"
"""What the error of a dead letter begins with that a fault plan wanted."""


class DeadLetter(NamedTuple):
    """Something that a service could not handle; `place` is None for what was on no topic.

    It is open until an operator has redriven or discarded it. It is planned where its order's fault
    plan wanted it.
    """

    service: str
    origin: str
    order_id: str
    error: str
    place: Stray | None = None
    is_open: bool = True

    @property
    def holds_by_plan(self) -> bool:
        """Whether the order waits for an operator, as it was meant to."""
        return self.is_open and self.error.startswith(PLANNED)
