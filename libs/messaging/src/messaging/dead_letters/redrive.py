"""Dead letters on an operator's word: handled once more, or given up. Each happens once.

An operator writes a row into `dead_letter_actions`; whichever instance finds it first carries it
out. A redriven letter goes the way of every delivery, and is settled by what `acts` says. The event's
id stays in the inbox all the while, so a repeat from the broker changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from events import DeadLetterOutcome
from servicekit import run_every

from messaging.dead_letters.actions import ASKED, settle
from messaging.dead_letters.events import settled
from messaging.dead_letters.refused_commands import COMMAND, asked_for
from messaging.dead_letters.store import LOCAL, OUTBOX
from messaging.dead_letters.unpublishable import settle_unpublished
from messaging.model.buffer import Buffer
from messaging.model.decoding import decode_delivery
from messaging.model.delivery import ConsumedRecord, Delivery, MessageContext, Redrive
from messaging.model.handlers import Handlers
from messaging.outbound.outbox import load_headers, write_outbox

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 1.0
OUTCOMES = {"redrive": DeadLetterOutcome.REDRIVEN, "discard": DeadLetterOutcome.DISCARDED}


class Redriver:
    """Reader of operators' requests in one service."""

    def __init__(self, pool: asyncpg.Pool, handlers: Handlers[Any], buffer: Buffer) -> None:
        self._pool = pool
        self._handlers = handlers
        self._buffer = buffer
        self._held: set[int] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        await run_every(self._look, LOOK_EVERY_S)

    async def _look(self) -> None:
        while rows := await self._pool.fetch(ASKED, list(self._held)):
            unpublished = [row for row in rows if _is_unpublished(row)]
            await settle_unpublished(self._pool, self._handlers.service, unpublished)
            await self._act_on([row for row in rows if not _is_unpublished(row)])

    async def _act_on(self, rows: Sequence[asyncpg.Record]) -> None:
        given_up = [row for row in rows if not _is_handled(row)]
        if given_up:
            await self._discard(given_up)
        for row in rows:
            if _is_handled(row):
                self._held.add(row["action_id"])
                await self._buffer.put(self._delivery(row))

    def _delivery(self, row: asyncpg.Record) -> Delivery:
        action = row["action_id"]
        again = Redrive(action, row["id"], OUTCOMES[row["action"]])
        log.info("dead_letter_action", action=row["action"], letter=row["id"], origin=row["origin"])
        try:
            delivery = self._read(row)
        except Exception as error:  # what cannot even be read stays a dead letter
            delivery = Delivery(fact=None, cause=_local_cause(row), error=error)
        return replace(delivery, redrive=again, acknowledge=lambda: self._held.discard(action))

    def _read(self, row: asyncpg.Record) -> Delivery:
        if row["origin"].startswith(COMMAND):
            return Delivery(fact=asked_for(row), cause=_local_cause(row))
        if row["origin"].startswith(LOCAL):
            fact_type = self._handlers.local_fact(row["origin"].removeprefix(LOCAL))
            return Delivery(
                fact=fact_type.model_validate_json(row["value"]), cause=_local_cause(row)
            )
        record = ConsumedRecord(
            row["origin"],
            row["partition"],
            row["offset"],
            row["key"].encode(),
            row["value"],
            tuple(load_headers(row["headers"])),
        )
        return decode_delivery(record, lambda: None)

    async def _discard(self, rows: Sequence[asyncpg.Record]) -> None:
        """Give these letters up; their notices leave with the relay's next sweep."""
        actions = [row["action_id"] for row in rows]
        async with self._pool.acquire() as connection, connection.transaction():
            done = await settle(connection, actions, DeadLetterOutcome.DISCARDED)
            given_up = [row for row in rows if row["action_id"] in done]
            notices = [
                settled(
                    self._handlers.service,
                    row["id"],
                    MessageContext(correlation_id=""),
                    row["key"],
                    DeadLetterOutcome.DISCARDED,
                )
                for row in given_up
            ]
            await write_outbox(connection, [notice for notice in notices if notice])
        for row in given_up:
            log.info("dead_letter_discarded", letter=row["id"], origin=row["origin"])


def _is_unpublished(row: asyncpg.Record) -> bool:
    origin: str = row["origin"]
    return origin.startswith(OUTBOX)


def _is_handled(row: asyncpg.Record) -> bool:
    """Return whether an operator's order goes to the handlers: a command's no does even if it is discarded."""
    origin: str = row["origin"]
    return row["action"] == "redrive" or origin.startswith(COMMAND)


def _local_cause(row: asyncpg.Record) -> MessageContext:
    if not row["origin"].startswith((LOCAL, COMMAND)):
        return MessageContext(correlation_id="")
    told = dict(json.loads(row["headers"]))
    causation = told.get("causation_id")
    return MessageContext(
        told.get("correlation_id", ""),
        UUID(causation) if causation else None,
        told.get("traceparent"),
        baggage=told.get("baggage"),
    )
