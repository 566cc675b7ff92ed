"""`orderstream migrate`: bring the databases of the running system to their newest schema."""

import asyncio
from typing import Annotated

import typer
from stack import DATABASES, Settings, load_native, migrate, running, steps_for

from orderstream.errors import CommandError
from orderstream.formatting import console

EXAMPLES = ("migrate", "migrate payment   # after a new migration in services/payment")


def run(
    service: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(DATABASES)}; all by default.")
    ] = None,
) -> None:
    """Run the services' migrations now, as every start does."""
    system = running(load_native().state_dir)
    if service is not None and service not in DATABASES:
        raise CommandError(f"no service is called {service}; there are: {', '.join(DATABASES)}")
    asyncio.run(_migrate(system.settings, [service] if service else list(DATABASES)))


async def _migrate(settings: Settings, services: list[str]) -> None:
    with steps_for(console()) as steps:
        for service in services:
            with steps.step(f"{service} migrated"):
                await migrate(settings, service)
