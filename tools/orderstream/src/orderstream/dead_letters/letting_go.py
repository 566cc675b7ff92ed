"""Telling the paused workers of a service to set aside what they hold back."""

import asyncio
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from orderstream.dead_letters.letters import WORKERS
from orderstream.dead_letters.reading import opened
from orderstream.failing import CommandError
from orderstream.platform import System
from orderstream.wording import count, program

LOOK_EVERY_S = 0.2
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
