"""The unit of work: what one batch's handlers look up, change, say and ask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from events import Envelope, Event
from servicekit import Connection
from uuid_utils.compat import uuid7

from messaging.model.commands import Command
from messaging.model.delivery import Fact, MessageContext
from messaging.model.spans import creation_context


@dataclass(slots=True)
class Aggregate:
    """Knowledge of one service about one order.

    `version` counts the events that it has emitted; the envelope carries it as their sequence.
    """

    order_id: str
    version: int = 0


A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True, slots=True)
class RequestedCommand:
    """A command with what it follows from."""

    command: Command
    cause: MessageContext


class UnitOfWork(Generic[A]):
    """Everything that is loaded, changed, emitted and asked within one transaction.

    A service says in its own subclass how it is loaded and saved. Handlers see only `of`, `emit`,
    `ask` and what the subclass adds.
    """

    service: ClassVar[str]
    aggregate_type: ClassVar[type[Any]]

    def __init__(self, aggregates: dict[str, A] | None = None) -> None:
        self.aggregates: dict[str, A] = {} if aggregates is None else aggregates
        self.emitted: list[Envelope] = []
        self.asked: list[RequestedCommand] = []
        self.now = datetime.now(UTC)
        self.cause = MessageContext(correlation_id="")

    @classmethod
    async def load(cls, connection: Connection, facts: Sequence[Fact]) -> Self:
        """Load and lock every row that the facts refer to, creating those that are missing."""
        raise NotImplementedError

    async def save(self, connection: Connection) -> None:
        """Write back what was loaded, one statement per table."""
        raise NotImplementedError

    def note_committed(self) -> None:
        """Count what has been done, once it is committed; nothing by default."""

    def of(self, order_id: str) -> A:
        """Return what this service knows about an order; a blank one if it knows nothing yet."""
        if order_id not in self.aggregates:
            self.aggregates[order_id] = self.aggregate_type(order_id)
        return self.aggregates[order_id]

    def emit(self, event: Event, *, sequence: int | None = None) -> None:
        """Say that something happened; it leaves through the outbox when the batch commits.

        The event gets the aggregate's next version as its sequence. An event on a topic of its own
        that is emitted once per order is given its sequence instead.
        """
        if sequence is None:
            aggregate = self.of(event.key)
            aggregate.version += 1
            sequence = aggregate.version
        event_id = uuid7()
        self.emitted.append(
            Envelope(
                event=event,
                id=event_id,
                source=self.service,
                time=self.now,
                correlation_id=self.cause.correlation_id,
                causation_id=self.cause.causation_id,
                sequence=sequence,
                traceparent=creation_context(event, event_id, self.cause.traceparent),
                baggage=self.cause.baggage,
                waits=self.cause.waits,
            )
        )

    def ask(self, command: Command) -> None:
        """Ask something of the outside world; the call is made after the batch has committed."""
        self.asked.append(RequestedCommand(command, self.cause))


def order_ids(facts: Iterable[Fact]) -> list[str]:
    """Return the orders that a batch is about, each once, in the order in which rows are locked."""
    return sorted({fact.order_id for fact in facts if hasattr(fact, "order_id")})
