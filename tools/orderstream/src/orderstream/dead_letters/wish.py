"""What an operator wants of dead letters, and how it is carried out."""

from dataclasses import dataclass

from events import DeadLetterOutcome
from rich.console import Console
from rich.text import Text

from orderstream.dead_letters.acting import Action, ask, wait_until_done
from orderstream.dead_letters.letters import SERVICES, Letter, LetterId
from orderstream.dead_letters.reading import find, read
from orderstream.dead_letters.showing import show_letters
from orderstream.failing import CommandError
from orderstream.platform import System
from orderstream.wording import count, program

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
    """The service, which may have dead letters.

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
