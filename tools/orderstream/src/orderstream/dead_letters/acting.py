"""Asking a service to act on its dead letters: it does so itself, as it would handle any event."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum

from orderstream.dead_letters.letters import LetterId
from orderstream.dead_letters.reading import opened
from orderstream.platform import System

LOOK_EVERY_S = 0.2
ASK = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT id, $2, $3, $4 FROM dead_letters WHERE id = ANY($1::bigint[]) AND settled_at IS NULL
    ORDER BY id RETURNING dead_letter_id, id
"""
OUTCOMES = """
    SELECT dead_letter_id, outcome FROM dead_letter_actions
    WHERE id = ANY($1::bigint[]) AND done_at IS NOT NULL
"""


class Action(StrEnum):
    """What an operator can want of a letter."""

    REDRIVE = "redrive"
    DISCARD = "discard"


async def ask(
    system: System, letters: Sequence[LetterId], action: Action, reason: str, operator: str
) -> dict[LetterId, int | None]:
    """Ask for an action on each of these letters; gives its number, None for one that is settled."""
    asked: dict[LetterId, int | None] = dict.fromkeys(letters)
    for service, numbers in _by_service(letters).items():
        async with opened(system, service) as database:
            for letter, number in await database.fetch(ASK, numbers, action, reason, operator):
                asked[LetterId(service, letter)] = number
    return asked


async def wait_until_done(
    system: System, asked: Mapping[LetterId, int | None], seconds: float
) -> dict[LetterId, str]:
    """How the services have carried it out, as far as they have within that time."""
    done = {letter: "settled before" for letter, number in asked.items() if number is None}
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            for service, numbers in _by_service(asked).items():
                wanted = [number for one in numbers if (number := asked[LetterId(service, one)])]
                async with opened(system, service) as database:
                    found: dict[LetterId, str] = {}
                    while len(found) < len(wanted):
                        rows = await database.fetch(OUTCOMES, wanted)
                        found = {LetterId(service, letter): outcome for letter, outcome in rows}
                        done |= found
                        await asyncio.sleep(0 if len(found) == len(wanted) else LOOK_EVERY_S)
    return done


def _by_service(letters: Iterable[LetterId]) -> dict[str, list[int]]:
    found: defaultdict[str, list[int]] = defaultdict(list)
    for letter in letters:
        found[letter.service].append(letter.number)
    return found
