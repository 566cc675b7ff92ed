"""Dead letters, and what operators did about them, in the databases of the services that set them aside."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

import asyncpg
from stack import DATABASES, System, connect
from stack.hints import program

from orderstream.errors import CommandError

SERVICES = tuple(DATABASES)
"""A service that consumes events can fail to handle one, and one that emits any, to publish one."""
WORKERS = tuple(service for service in SERVICES if service != "gateway")
"""Those that consume events, and pause when they can handle nothing."""
NUMBER = re.compile(r"[1-9][0-9]{0,17}")


class LetterId(NamedTuple):
    """A letter is numbered by the service that set it aside."""

    service: str
    number: int

    def __str__(self) -> str:
        return f"{self.service}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `shipping:12`.

        Raises:
            CommandError: it is no letter's name.
        """
        service, _, number = text.partition(":")
        if service not in SERVICES or not NUMBER.fullmatch(number):
            raise CommandError(
                f"{text!r} names no dead letter. Give a service and a number, such as shipping:12; "
                f"the services are {', '.join(SERVICES)}. See: {program()} dead-letters list"
            )
        return cls(service, int(number))


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter. `place` is its record's partition and offset; an answer or timer has none."""

    id: LetterId
    origin: str
    place: tuple[int, int] | None
    key: str
    value: bytes | None
    headers: Sequence[tuple[str, str | None]]
    error: str
    set_aside_at: datetime
    settled_at: datetime | None
    outcome: str | None

    @property
    def fact(self) -> str:
        """What it says, by the name of its type."""
        told = dict(self.headers).get("ce_type") or self.origin
        for prefix in ("orderstream.", "local:", "command:", "outbox:"):
            told = told.removeprefix(prefix)
        return told.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator did about a letter, and why."""

    action: str
    operator: str
    reason: str
    requested_at: datetime
    done_at: datetime | None
    outcome: str | None


COLUMNS = """
    SELECT l.id, l.origin, l.partition, l."offset", l.key, l.value, l.headers, l.error,
           l.created_at, l.settled_at, l.outcome
    FROM dead_letters AS l
"""
LIST = COLUMNS + "WHERE (l.settled_at IS NULL OR $1) ORDER BY l.created_at DESC LIMIT $2"
SETTLED = COLUMNS + "WHERE l.key = $1 AND l.settled_at IS NOT NULL ORDER BY l.id"
BY_NUMBER = COLUMNS + "WHERE l.id = ANY($1)"
ACTS = """
    SELECT action, operator, reason, requested_at, done_at, outcome FROM dead_letter_actions
    WHERE dead_letter_id = $1 ORDER BY id
"""
UNREADABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def read(
    system: System, services: Collection[str] = SERVICES, *, settled: bool = False, limit: int = 50
) -> list[Letter]:
    """Return the newest letters of these services; with `settled` also those that operators have settled."""

    async def of(service: str) -> list[Letter]:
        async with opened(system, service) as database:
            rows = await database.fetch(LIST, settled, limit)
            return [_letter(service, row) for row in rows]

    found = [letter for some in await asyncio.gather(*map(of, services)) for letter in some]
    return sorted(found, key=lambda letter: letter.set_aside_at, reverse=True)[:limit]


async def read_settled(system: System, order_id: str) -> list[Letter]:
    """Return the letters about an order that operators have settled, by service.

    Raises:
        CommandError: a database does not answer.
    """

    async def of(service: str) -> list[Letter]:
        async with opened(system, service) as database:
            return [_letter(service, row) for row in await database.fetch(SETTLED, order_id)]

    return [letter for some in await asyncio.gather(*map(of, SERVICES)) for letter in some]


async def find(system: System, wanted: Collection[LetterId]) -> list[Letter]:
    """These letters.

    Raises:
        CommandError: one of them is not there.
    """
    found: dict[LetterId, Letter] = {}
    for service in {letter.service for letter in wanted}:
        numbers = [letter.number for letter in wanted if letter.service == service]
        async with opened(system, service) as database:
            for row in await database.fetch(BY_NUMBER, numbers):
                letter = _letter(service, row)
                found[letter.id] = letter
    if missing := [str(letter) for letter in wanted if letter not in found]:
        raise CommandError(
            f"There is no dead letter {', '.join(missing)}. See: {program()} dead-letters list --all"
        )
    return [found[letter] for letter in wanted]


async def read_acts(system: System, letter: LetterId) -> list[Act]:
    """Return what operators did about it, the first first."""
    async with opened(system, letter.service) as database:
        return [Act(*row) for row in await database.fetch(ACTS, letter.number)]


@asynccontextmanager
async def opened(system: System, service: str) -> AsyncIterator[asyncpg.Connection]:
    """Provide the database of a service.

    Raises:
        CommandError: it does not answer.
    """
    try:
        connection = await connect(system.settings, DATABASES[service])
    except UNREADABLE as error:
        raise CommandError(
            f"The database of {service} does not answer ({error}). Look at: {program()} status"
        ) from error
    try:
        yield connection
    finally:
        await connection.close()


def _letter(service: str, row: asyncpg.Record) -> Letter:
    number, origin, partition, offset, key, value, headers, *rest = row
    place = None if partition is None else (partition, offset)
    told = [(name, text) for name, text in json.loads(headers)]
    return Letter(LetterId(service, number), origin, place, key, value, told, *rest)
