"""Commands that got a no: set aside whole with the neighbour's words, until people act.

A command ends so in the transaction that strikes it out and lets its service take note. Redriven,
it is asked again with the same key, if its service still wants to know; discarded, it is a final no.
"""

from collections.abc import Sequence

import asyncpg
from events import DeadLetterOutcome, Record
from servicekit import Connection

from messaging.dead_letters.events import dead_lettered
from messaging.dead_letters.store import keep
from messaging.model.delivery import Delivery
from messaging.model.facts import CommandFact, CommandRedriven, CommandRefused

COMMAND = "command:"
"""What the origin of a command's letter begins with."""
DISCARDED = "an operator says that nothing was done"


async def set_refused_aside(
    connection: Connection, service: str, handled: Sequence[Delivery]
) -> list[Record]:
    """Keep each refused command among these as a dead letter; returns what is to be published about it.

    Belongs in the transaction that strikes the command out.
    """
    outgoing = []
    for delivery in handled:
        fact = delivery.fact
        if isinstance(fact, CommandRefused) and not _is_discarded(delivery):
            order_id, cause = fact.order_id, delivery.cause
            letter = await keep(
                connection,
                cause,
                origin=COMMAND + fact.command,
                order_id=order_id,
                value=fact.body,
                reason=fact.reason,
            )
            outgoing.append(
                dead_lettered(
                    service, letter, cause, order_id=order_id, fact=fact.command, error=fact.reason
                )
            )
    return [notice for notice in outgoing if notice is not None]


def asked_for(row: asyncpg.Record) -> CommandFact:
    """Return what an operator's order about such a letter means for the service."""
    kind, body = row["origin"].removeprefix(COMMAND), row["value"].decode()
    if row["action"] == "redrive":
        return CommandRedriven(order_id=row["key"], command=kind, body=body)
    return CommandRefused(order_id=row["key"], command=kind, body=body, reason=DISCARDED)


def _is_discarded(delivery: Delivery) -> bool:
    redrive = delivery.redrive
    return redrive is not None and redrive.outcome is DeadLetterOutcome.DISCARDED
