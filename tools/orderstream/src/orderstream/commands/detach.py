"""`orderstream detach`: make room for a process of your own, from another branch or a debugger."""

import asyncio
import shlex
from typing import Annotated

import typer
from stack import (
    Layer,
    Process,
    Supervisor,
    System,
    check_free,
    load_native,
    running,
    stop,
    wait_ready,
)

from orderstream.errors import CommandError
from orderstream.formatting import console

EXAMPLES = (
    "detach payment-worker          # prints what yours has to be told, for a shell",
    "detach payment-worker --back   # once yours has ended",
)


Name = Annotated[str, typer.Argument(help="A name from `orderstream status`.")]
Back = Annotated[bool, typer.Option("--back", help="Start the system's own process again.")]


def run(process: Name, *, back: Back = False) -> None:
    """Stop one process and print the environment in which your own can take its place.

    What is printed is for a shell, in the checkout of your branch:
    eval "$(orderstream detach payment-worker)" and then python -m payment worker
    """
    system = running(load_native().state_dir)
    chosen = _chosen(system, process)
    asyncio.run(_give_back(system, chosen) if back else _detach(system, chosen))


def vacate(process: Name, *, back: Back = False) -> None:
    """Stop one process for your own: the old name of `detach`."""
    run(process, back=back)


async def _detach(system: System, process: Process) -> None:
    await stop(Supervisor(system.folders), [process.name])
    for line in told(process):
        print(line)  # noqa: T201  # to be used by a shell: never wrapped


async def _give_back(system: System, process: Process) -> None:
    if system.states()[process.name].pid is None:
        check_free(process.ports)
        Supervisor(system.folders).start_process(process.name)
    await wait_ready(system, process)
    console().print(f"{process.name} is the system's own.", highlight=False)


def told(process: Process) -> list[str]:
    """Lines for a shell: everything that the process is told, and how it is run, as a comment."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in process.environment.items()]
    command = shlex.join(("python", *process.argv[1:]))
    return [*lines, f"# {process.name} is stopped; yours: {command}"]


def _chosen(system: System, name: str) -> Process:
    """Return one that can be replaced: not a store, which keeps what all others need."""
    movable = [one for one in system.processes if one.layer is not Layer.INFRASTRUCTURE]
    for process in movable:
        if process.name == name:
            return process
    known = ", ".join(one.name for one in movable)
    raise CommandError(f"{name} cannot be replaced; these can: {known}")
