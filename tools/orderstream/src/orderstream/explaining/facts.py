"""What is known of one order at one moment: where it stands, and everything of it on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What the order service has written down; `since` is when its status last changed."""

    status: str
    reason: str | None
    since: datetime
    payment: str | None
    stock: str | None
    shipment: str | None
    stopping: bool
    overdue: bool
    cancellation_refused: bool
    tracking_code: str | None
    final_at: datetime | None

    @property
    def is_being_cancelled(self) -> bool:
        """Whether it is decided that the order ends as cancelled; what is left is to settle it."""
        return (
            self.shipment == "cancelled"
            or self.stock in ("rejected", "released")
            or self.payment == "voided"
        )


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A service has said something, and the broker does not have it yet."""

    service: str
    event: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Unheard:
    """An event is on its topic, and a service that acts on it has not handled it yet.

    `before` counts the records of its partition that the service has to get through first.
    """

    service: str
    event: str
    said_by: str
    since: datetime
    before: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A service has asked something of the outside world and has no answer yet."""

    service: str
    command: str
    since: datetime
    failures: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Something about the order that a service could not handle; nobody has seen to it yet."""

    service: str
    number: int
    fact: str
    error: str
    since: datetime


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything that the explanation of one order is made of.

    `standing` is None until the order service has heard of the order. `unwell` are the processes
    that are not ready, with what is wrong. `unreadable` says why the topics could not be read; then
    nothing is known of what is unheard.
    """

    order_id: str
    now: datetime
    placed_at: datetime
    deadline: datetime
    standing: Standing | None
    unpublished: Sequence[Unpublished] = ()
    unheard: Sequence[Unheard] = ()
    asked: Sequence[Asked] = ()
    letters: Sequence[Letter] = ()
    unwell: Mapping[str, str] = field(default_factory=dict)
    unreadable: str | None = None

    @property
    def has_ended(self) -> bool:
        """Whether its status will not change any more."""
        return self.standing is not None and self.standing.final_at is not None

    @property
    def moves(self) -> bool:
        """Whether anything of it is on its way, or set aside."""
        return any((self.unpublished, self.unheard, self.asked, self.letters))
