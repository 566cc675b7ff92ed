"""Asking a service to act on its dead letters: it does so itself, as it would handle any event."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from orderstream.dead_letters.letters import LetterId
from orderstream.dead_letters.reading import opened
from orderstream.platform import System

LOOK_EVERY_S = 0.2
ASK = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT id, $2, $3, $4 FROM dead_letters WHERE id = $1 AND settled_at IS NULL RETURNING id
"""
OUTCOME = "SELECT outcome FROM dead_letter_actions WHERE id = $1"


class Action(StrEnum):
    """What an operator can want of a letter."""

    REDRIVE = "redrive"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that was asked of a service; `number` is None if the letter was settled before."""

    letter: LetterId
    number: int | None


async def ask(
    system: System, letters: Sequence[LetterId], action: Action, reason: str, operator: str
) -> list[Asked]:
    """Ask for an action on each of these letters; those that are settled are left alone."""
    asked = []
    for letter in letters:
        async with opened(system, letter.service) as database:
            number = await database.fetchval(ASK, letter.number, action, reason, operator)
            asked.append(Asked(letter, number))
    return asked


async def wait_until_done(system: System, asked: Asked, seconds: float) -> str | None:
    """How the service has carried it out; None if it has not done so within that time."""
    if asked.number is None:
        return "settled before"
    outcome: str | None = None
    async with opened(system, asked.letter.service) as database:
        try:
            async with asyncio.timeout(seconds):
                while outcome is None:
                    outcome = await database.fetchval(OUTCOME, asked.number)
                    await asyncio.sleep(0 if outcome else LOOK_EVERY_S)
        except TimeoutError:
            return None
    return outcome
