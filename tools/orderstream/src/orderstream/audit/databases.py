"""Reading every service's database, each as it stood at one moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any, TypeVar

import asyncpg

from orderstream.audit.failure import CannotAuditError
from orderstream.audit.said import DeadLetter, Pending, Stray
from orderstream.audit.tables import OWN
from orderstream.platform import DATABASES, Settings, connect

R = TypeVar("R")
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
OUTBOX = "SELECT encode(key, 'escape'), topic, 0, NULL, created_at FROM outbox"
COMMANDS = "SELECT order_id, kind, attempts, last_error, created_at, true FROM commands"
DEAD_LETTERS = """
    SELECT origin, key, error, partition, "offset", settled_at IS NULL FROM dead_letters
"""
INBOX = "SELECT event_id::text FROM inbox"
UNREADABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class ServiceBooks:
    """What one service has written down; `own` by the name of the field of the books."""

    own: dict[str, Sequence[Any]]
    pending: Sequence[Pending]
    dead_letters: Sequence[DeadLetter]
    inbox: frozenset[str] | None


async def read_service(settings: Settings, service: str) -> ServiceBooks:
    """Read everything that a service keeps, in one snapshot.

    Raises:
        CannotAuditError: its database does not answer, or has not the tables that it should.
    """
    try:
        connection = await connect(settings, DATABASES[service])
    except UNREADABLE as error:
        raise CannotAuditError(f"the database of {service} does not answer: {error}") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            return await _read(connection, service)
    except UNREADABLE as error:
        raise CannotAuditError(f"the books of {service} cannot be read: {error}") from error
    finally:
        await connection.close()


async def _read(connection: Any, service: str) -> ServiceBooks:
    tables = {row[0] for row in await connection.fetch(TABLES)}

    async def fetch(sql: str, make: Callable[..., R]) -> list[R]:
        return [make(*row) for row in await connection.fetch(sql)]

    pending = await fetch(OUTBOX, lambda *row: Pending(service, *row))
    if "commands" in tables:
        pending += await fetch(COMMANDS, lambda *row: Pending(service, *row))
    letters: list[DeadLetter] = []
    if "dead_letters" in tables:
        letters = await fetch(DEAD_LETTERS, lambda *row: _dead_letter(service, *row))
    return ServiceBooks(
        own={field: await fetch(sql, make) for field, make, sql in OWN[service]},
        pending=pending,
        dead_letters=letters,
        inbox=frozenset(await fetch(INBOX, intern)) if "inbox" in tables else None,
    )


def _dead_letter(service: str, origin: str, key: str, error: str, *rest: Any) -> DeadLetter:
    partition, offset, is_open = rest
    place = None if partition is None else Stray(origin, partition, offset)
    return DeadLetter(service, origin, key, error, place, is_open=is_open)
