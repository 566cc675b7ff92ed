"""Which deliveries of a batch have an effect: those that were not handled before, each once."""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from servicekit import Connection

from messaging.commands.store import settle
from messaging.dead_letters.actions import settle_redriven
from messaging.inbound import inbox
from messaging.model.delivery import Delivery

T = TypeVar("T")


async def admit(connection: Connection, batch: Sequence[Delivery]) -> list[Delivery]:
    """Return the deliveries that were not handled before, in order; notes them as handled.

    Belongs in the transaction that holds their effects. An event is admitted by the inbox, an
    answer by the open command, a redriven dead letter by the open letter, and a timer always.
    """
    redrives = await settle_redriven(connection, [d.redrive for d in batch if d.redrive])
    others = [delivery for delivery in batch if delivery.redrive is None]
    events = await inbox.admit(connection, (d.event_id for d in others if d.event_id is not None))
    answers = await settle(connection, [d.command_key for d in others if d.command_key is not None])
    return [delivery for delivery in batch if _takes_place(delivery, redrives, events, answers)]


def _takes_place(
    delivery: Delivery, redrives: set[int], events: set[UUID], answers: set[str]
) -> bool:
    """Return whether it is the first of its kind; what comes after it in the batch is not."""
    if delivery.redrive is not None:
        return _take(delivery.redrive.action, redrives)
    if delivery.event_id is not None:
        return _take(delivery.event_id, events)
    if delivery.command_key is not None:
        return _take(delivery.command_key, answers)
    return True


def _take(ticket: T, tickets: set[T]) -> bool:
    if ticket not in tickets:
        return False
    tickets.discard(ticket)
    return True
