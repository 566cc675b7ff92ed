"""What an operator wants of dead letters: a service is asked, and does it as it would handle any event."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from events import DeadLetterOutcome
from rich.console import Console
from rich.text import Text
from stack import System
from stack.hints import program

from orderstream.dead_letters.reading import SERVICES, WORKERS, Letter, LetterId, find, opened, read
from orderstream.dead_letters.showing import show_letters
from orderstream.errors import CommandError
from orderstream.formatting import count

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
    """Return how the services have carried it out, as far as they have within that time."""
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


OTHERS_S = 2.0
"""The first worker has answered; the others look as often, so they will not be much later."""
TELL = "INSERT INTO set_asides (reason, operator) VALUES ($1, $2) RETURNING id"
WORKERS_SO_FAR = "SELECT workers FROM set_asides WHERE id = $1"
HELD = "SELECT held FROM set_asides WHERE id = $1"


async def let_go(
    system: System, service: str, act: tuple[str, str], wait_s: float, console: Console
) -> None:
    """Tell them so by an act, its reason and who it is, and print what they held.

    Raises:
        CommandError: no worker of the service is paused or can be, or there is no reason.
    """
    if service not in WORKERS:
        raise CommandError(f"No worker of {service!r} can pause; of these: {', '.join(WORKERS)}")
    reason, operator = act
    if not reason.strip():
        raise CommandError("Give a --reason that says something: it is all that will be known.")
    workers, held = await _tell(system, service, reason.strip(), operator, wait_s)
    if not workers:
        raise CommandError(
            f"No worker of {service} is paused, or none runs. See: {program()} status"
        )
    console.print(Text(_told(service, workers, held)), soft_wrap=True)


async def _tell(
    system: System, service: str, reason: str, operator: str, wait_s: float
) -> tuple[int, int]:
    async with opened(system, service) as database:
        number = await database.fetchval(TELL, reason, operator)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not await database.fetchval(WORKERS_SO_FAR, number):
                    await asyncio.sleep(LOOK_EVERY_S)
                await asyncio.sleep(OTHERS_S)
        workers = await database.fetchval(WORKERS_SO_FAR, number)
        return int(workers), int(await database.fetchval(HELD, number))


def _told(service: str, workers: int, held: int) -> str:
    return (
        f"{count(workers, 'paused worker')} of {service} held {count(held, 'record')}; what still "
        f"cannot be handled is set aside. See: {program()} dead-letters list --service {service}"
    )


MANY = 10_000
WELL = {Action.REDRIVE: DeadLetterOutcome.REDRIVEN, Action.DISCARD: DeadLetterOutcome.DISCARDED}


@dataclass(frozen=True, slots=True)
class Wish:
    """An action on the letters that are named, or on every open one of a service; by whom and why."""

    action: Action
    names: list[str]
    service: str | None
    reason: str
    operator: str

    async def show(self, system: System, console: Console) -> None:
        """Only say what would be done."""
        letters = await self._letters(system)
        show_letters(letters, console)
        console.print(f"Would {self.action} {count(len(letters), 'letter')}. Nothing was done.")

    async def carry_out(self, system: System, wait_s: float, console: Console) -> bool:
        """Have it done and print how each ended; whether all went well.

        Raises:
            CommandError: it is not said which letters, or why; or there is no such letter.
        """
        if not self.reason.strip():
            raise CommandError("Give a --reason that says something: it is all that will be known.")
        ids = [letter.id for letter in await self._letters(system)]
        asked = await ask(system, ids, self.action, self.reason.strip(), self.operator)
        outcomes = await wait_until_done(system, asked, wait_s)
        for letter in asked:
            console.print(Text(f"{letter}  {outcomes.get(letter) or _not_yet(letter)}"))
        return {outcomes.get(letter) for letter in asked} <= {WELL[self.action]}

    async def _letters(self, system: System) -> list[Letter]:
        if bool(self.names) == bool(self.service):
            raise CommandError("Give either letters, such as shipping:12, or --service.")
        if self.names:
            wanted = [LetterId.parse(name) for name in dict.fromkeys(self.names)]
            return await find(system, wanted)
        found = await read(system, [known(self.service or "")], limit=MANY)
        if not found:
            raise CommandError(f"{self.service} has no open dead letter.")
        return found[::-1]  # what came first goes first


def known(service: str) -> str:
    """Return the service, which may have dead letters.

    Raises:
        CommandError: there is none of this name that may.
    """
    if service not in SERVICES:
        raise CommandError(
            f"No service {service!r} has dead letters; there are: {', '.join(SERVICES)}"
        )
    return service


def _not_yet(letter: LetterId) -> str:
    return f"asked for, not done yet: does {letter.service} run? {program()} status"
