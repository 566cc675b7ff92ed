"""The system that the demo plays on: the one that is up, or one that is started for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console

from orderstream.failing import CommandError
from orderstream.platform import Settings, System, down, find, steps_for, up, wipe


@asynccontextmanager
async def staged(
    settings: Settings, to: Console, *, keep: bool, fresh: bool
) -> AsyncIterator[System]:
    """A running system. What was started for it is stopped at the end, unless it is to be kept.

    Raises:
        CommandError: it is up, so that its data cannot be erased.
    """
    if system := find(settings.state_dir):
        if fresh:
            raise CommandError("The system is up. Before its data is erased: make down")
        to.print("The system is up already: it is used as it is, and left running.")
        yield system
        return
    if fresh:
        await wipe(settings.state_dir)
    with steps_for(to) as steps:
        system = await up(settings, steps=steps)
    kept = False
    try:
        yield system
        kept = keep
    finally:
        if not kept:
            with steps_for(to) as steps:
                await down(settings.state_dir, steps=steps)
