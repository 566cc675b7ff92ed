"""Finding dead letters in the databases of the services that set them aside."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import asyncpg

from orderstream.dead_letters.letters import SERVICES, Act, Letter, LetterId
from orderstream.failing import CommandError
from orderstream.platform import DATABASES, System, connect
from orderstream.wording import program

COLUMNS = """
    SELECT l.id, l.origin, l.partition, l."offset", l.key, l.value, l.headers, l.error,
           l.created_at, l.settled_at, l.outcome
    FROM dead_letters AS l
"""
LIST = COLUMNS + "WHERE (l.settled_at IS NULL OR $1) ORDER BY l.created_at DESC LIMIT $2"
BY_NUMBER = COLUMNS + "WHERE l.id = ANY($1)"
ACTS = """
    SELECT action, operator, reason, requested_at, done_at, outcome FROM dead_letter_actions
    WHERE dead_letter_id = $1 ORDER BY id
"""
UNREADABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def read(
    system: System, services: Collection[str] = SERVICES, *, settled: bool = False, limit: int = 50
) -> list[Letter]:
    """The newest letters of these services; with `settled` also those that were seen to."""

    async def of(service: str) -> list[Letter]:
        async with opened(system, service) as database:
            rows = await database.fetch(LIST, settled, limit)
            return [_letter(service, row) for row in rows]

    found = [letter for some in await asyncio.gather(*map(of, services)) for letter in some]
    return sorted(found, key=lambda letter: letter.set_aside_at, reverse=True)[:limit]


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
    """What operators did about it, the first first."""
    async with opened(system, letter.service) as database:
        return [Act(*row) for row in await database.fetch(ACTS, letter.number)]


@asynccontextmanager
async def opened(system: System, service: str) -> AsyncIterator[asyncpg.Connection]:
    """The database of a service.

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
