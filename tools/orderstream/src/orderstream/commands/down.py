"""`orderstream down`: stop the system."""

import asyncio
from typing import Annotated

import typer
from stack import Settings, down, load_native, steps_for, wipe

from orderstream.formatting import console

EXAMPLES = ("down", "down --erase   # the next start begins with an empty shop")


def run(
    *,
    erase: Annotated[
        bool, typer.Option("--erase", help="Also erase databases, topics and logs.")
    ] = False,
) -> None:
    """Stop every process and make sure that none is left; the data stays.

    Does nothing when nothing runs.
    """
    settings = load_native()
    stopped = asyncio.run(_stop(settings))
    console().print("Stopped." if stopped else "The system was not up.")
    if erase:
        asyncio.run(wipe(settings.state_dir))
        console().print("Erased databases, topics and logs.")


async def _stop(settings: Settings) -> bool:
    with steps_for(console()) as steps:
        return await down(settings.state_dir, steps=steps)
