"""Commands on their way: the rows of what was asked and is not yet answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from servicekit import Connection

from messaging.model.commands import Command, Commands
from messaging.model.delivery import MessageContext
from messaging.model.hop import now_ms
from messaging.model.unit_of_work import RequestedCommand

LEASE_S = 10
"""How long a command is leased to one worker, which renews the lease while it works."""

INSERT = """
    INSERT INTO commands (key, order_id, kind, body, correlation_id, causation_id, traceparent,
                          baggage, due_at)
    SELECT *, now() + make_interval(secs => $9) FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[],
        $8::text[])
    ON CONFLICT (key) DO NOTHING
"""
SETTLE = "DELETE FROM commands WHERE key = ANY($1::text[]) RETURNING key"
CLAIM = """
    UPDATE commands SET due_at = now() + make_interval(secs => $2) WHERE key IN (
        SELECT key FROM commands WHERE due_at <= now() AND NOT key = ANY($3::text[])
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING key, kind, body, correlation_id, causation_id, traceparent, baggage, attempts,
              (extract(epoch FROM created_at) * 1000)::bigint AS asked_ms
"""
# What is locked is being struck out: to wait for it could be to wait for each other.
RENEW = """
    UPDATE commands SET due_at = now() + make_interval(secs => $2) WHERE key IN (
        SELECT key FROM commands WHERE key = ANY($1::text[]) FOR UPDATE SKIP LOCKED)
"""
POSTPONE = """
    UPDATE commands SET attempts = attempts + 1, last_error = $3,
           due_at = now() + make_interval(secs => $2)
    WHERE key = $1
    RETURNING attempts, extract(epoch FROM now() - created_at)::float
"""


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """A command with what it follows from, when it was asked, and how often it failed so far."""

    command: Command
    cause: MessageContext
    asked_ms: int
    attempts: int = 0

    def log_keys(self) -> dict[str, str]:
        """Return what a log line about it names: order, command, trace."""
        return {
            "order_id": self.command.order_id,
            "command": self.command.key,
            **self.cause.log_keys(),
        }


async def write_commands(
    connection: Connection, asked: Sequence[RequestedCommand]
) -> list[PendingCommand]:
    """Write down what was asked, within the caller's transaction, leased to this process."""
    if not asked:
        return []
    await connection.execute(
        INSERT,
        [ask.command.key for ask in asked],
        [ask.command.order_id for ask in asked],
        [ask.command.kind() for ask in asked],
        [ask.command.model_dump_json() for ask in asked],
        [ask.cause.correlation_id for ask in asked],
        [ask.cause.causation_id for ask in asked],
        [ask.cause.traceparent for ask in asked],
        [ask.cause.baggage for ask in asked],
        LEASE_S,
    )
    asked_ms = now_ms()
    return [PendingCommand(ask.command, ask.cause, asked_ms) for ask in asked]


async def settle(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Strike out answered commands; returns those that were still open, so an answer counts once."""
    if not keys:
        return set()
    return {row[0] for row in await connection.fetch(SETTLE, sorted(set(keys)))}


async def claim(
    pool: asyncpg.Pool, commands: Commands[Any], limit: int, held: Sequence[str]
) -> list[PendingCommand]:
    """Take up commands whose time has come: postponed ones, and those that a crash left behind."""
    rows = await pool.fetch(CLAIM, limit, LEASE_S, held)
    return [
        PendingCommand(
            commands.read(row["kind"], row["body"]),
            MessageContext(
                row["correlation_id"],
                row["causation_id"],
                row["traceparent"],
                baggage=row["baggage"],
            ),
            row["asked_ms"],
            row["attempts"],
        )
        for row in rows
    ]


async def renew(pool: asyncpg.Pool, keys: Sequence[str]) -> None:
    """Keep others from taking up commands that are still being worked on here."""
    await pool.execute(RENEW, keys, LEASE_S)


@dataclass(frozen=True, slots=True)
class Tried:
    """Number of tries of a command that failed, and seconds since the first."""

    times: int
    for_s: float


async def postpone(pool: asyncpg.Pool, key: str, delay_s: float, error: str) -> Tried | None:
    """Note a failed try, and when the next one may be made; None if it was answered meanwhile."""
    row = await pool.fetchrow(POSTPONE, key, delay_s, error)
    return None if row is None else Tried(*row)
