"""Dead letters on an operator's word: handled once more, or given up. Each happens once.

An operator writes a row into `dead_letter_actions`; whichever instance finds it first carries it
out. A redriven letter goes the way of every delivery. What the inbox is to an event, the open letter
is to it: the transaction that holds the effects settles the letter, so a second order finds none.
The event's id stays in the inbox all the while, so a repeat from the broker changes nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from events import DeadLetterOutcome
from servicekit import Connection

from messaging.buffer import Buffer
from messaging.dead_letters import LOCAL, OUTBOX
from messaging.delivery import Cause, Delivery, HeardRecord, Redrive
from messaging.handlers import Handlers
from messaging.hearing import read
from messaging.notices import settled
from messaging.outbox import load_headers, write_outbox
from messaging.patience import repeat
from messaging.refusals import COMMAND, asked_for
from messaging.storable import storable

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
OUTCOMES = {"redrive": DeadLetterOutcome.REDRIVEN, "discard": DeadLetterOutcome.DISCARDED}
ASKED = """
    SELECT a.id AS action_id, a.action, l.id, l.origin, l.partition, l."offset", l.key, l.value,
           l.headers
    FROM dead_letter_actions a JOIN dead_letters l ON l.id = a.dead_letter_id
    WHERE a.done_at IS NULL AND NOT a.id = ANY($1::bigint[]) AND NOT starts_with(l.origin, $2)
    ORDER BY a.id LIMIT 100
"""
SETTLE = """
    WITH asked AS (
        SELECT id, dead_letter_id FROM dead_letter_actions
        WHERE id = ANY($1::bigint[]) AND done_at IS NULL ORDER BY id FOR UPDATE
    ), settled AS (
        UPDATE dead_letters AS l SET settled_at = now(), outcome = $2 FROM asked
        WHERE l.id = asked.dead_letter_id AND l.settled_at IS NULL RETURNING asked.id AS action_id
    )
    UPDATE dead_letter_actions AS a
    SET done_at = now(), outcome = CASE WHEN s.action_id IS NULL THEN 'settled before' ELSE $2 END
    FROM asked LEFT JOIN settled AS s ON s.action_id = asked.id
    WHERE a.id = asked.id RETURNING a.id, s.action_id IS NOT NULL
"""
FAIL = """
    WITH asked AS (
        UPDATE dead_letter_actions SET done_at = now(), outcome = 'failed: ' || $2
        WHERE id = $1 AND done_at IS NULL RETURNING dead_letter_id
    )
    UPDATE dead_letters AS l SET error = $2 FROM asked
    WHERE l.id = asked.dead_letter_id AND l.settled_at IS NULL
"""


async def settle_redriven(connection: Connection, redrives: Sequence[Redrive]) -> set[int]:
    """Settle the letters of these; returns the actions whose letter was still open."""
    settled: set[int] = set()
    for outcome in DeadLetterOutcome:
        actions = [redrive.action for redrive in redrives if redrive.outcome is outcome]
        settled |= await settle(connection, actions, outcome)
    return settled


async def note_failure(connection: Connection, redrive: Redrive, error: Exception) -> None:
    """The letter could not be handled this time either: it stays open, with what is wrong now."""
    await connection.execute(FAIL, redrive.action, storable(f"{type(error).__name__}: {error}"))


async def settle(
    connection: Connection, actions: Sequence[int], outcome: DeadLetterOutcome
) -> set[int]:
    """Settle the letters of these actions so; returns the actions whose letter was still open."""
    if not actions:
        return set()
    rows = await connection.fetch(SETTLE, sorted(actions), outcome)
    return {action for action, was_open in rows if was_open}


class Redriver:
    """Finds what operators asked for in one service."""

    def __init__(self, pool: asyncpg.Pool, handlers: Handlers[Any], buffer: Buffer) -> None:
        self._pool = pool
        self._handlers = handlers
        self._buffer = buffer
        self._held: set[int] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        await repeat(self._look, LOOK_EVERY_S)

    async def _look(self) -> None:
        while rows := await self._pool.fetch(ASKED, list(self._held), OUTBOX):
            await self._act_on(rows)

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
        log.info(row["action"], letter=row["id"], origin=row["origin"])
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
        heard = HeardRecord(
            row["origin"],
            row["partition"],
            row["offset"],
            row["key"].encode(),
            row["value"],
            tuple(load_headers(row["headers"])),
        )
        return read(heard, lambda: None)

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
                    Cause(correlation_id=""),
                    row["key"],
                    DeadLetterOutcome.DISCARDED,
                )
                for row in given_up
            ]
            await write_outbox(connection, [notice for notice in notices if notice])
        for row in given_up:
            log.info("discarded", letter=row["id"], origin=row["origin"])


def _is_handled(row: asyncpg.Record) -> bool:
    """Whether an operator's order goes to the handlers: a command's no does even if it is discarded."""
    origin: str = row["origin"]
    return row["action"] == "redrive" or origin.startswith(COMMAND)


def _local_cause(row: asyncpg.Record) -> Cause:
    if not row["origin"].startswith((LOCAL, COMMAND)):
        return Cause(correlation_id="")
    told = dict(json.loads(row["headers"]))
    causation = told.get("causation_id")
    return Cause(
        told.get("correlation_id", ""),
        UUID(causation) if causation else None,
        told.get("traceparent"),
        baggage=told.get("baggage"),
    )
