"""Runs a service's one-off commands: migrations and the catalogue's seed."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from launcher.environment import PREFIX, passed_on
from launcher.forking import Run, as_input, codes_in, command

from stack.errors import SettingsError
from stack.folders import Folders
from stack.opening_stock import seed_file
from stack.roles import service_environment
from stack.settings import Settings
from stack.steps import StepFailedError


async def migrate(settings: Settings, *services: str) -> None:
    """Bring the databases of services to their newest schemas, side by side.

    Raises:
        StepFailedError: a migration ended with an error.
    """
    commands = [(service, "migrate") for service in services]
    await _run_all(settings, commands, loaded=("servicekit.migrations",))


async def seed(settings: Settings) -> None:
    """Give inventory its products, prices and stock; what it has already, it keeps."""
    file = await asyncio.to_thread(seed_file, settings)
    await run_once(settings, "inventory", "seed", str(file))


async def check_seed_file(settings: Settings) -> None:
    """Look at a file that the shelves are to be filled from, before anything is started.

    Raises:
        RetailFormatError, SettingsError: it cannot be used; with the place in it.
    """
    if settings.seed_file is None:
        return
    file = await asyncio.to_thread(seed_file, settings)
    checked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inventory", "check", str(file)),
        env=passed_on(),
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
    )
    _, said = await checked.communicate()
    if checked.returncode != 0:
        raise SettingsError(f"{PREFIX}SEED_FILE: {said.decode(errors='replace').strip()}")


async def run_once(
    settings: Settings,
    service: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run `python -m SERVICE ARGUMENTS` to its end, output to a log of its own.

    `environment` goes before what every process of the service is told.

    Raises:
        StepFailedError: it ended with an error.
    """
    await _run_all(settings, [(service, *arguments)], environment)


async def _run_all(
    settings: Settings,
    commands: Sequence[tuple[str, ...]],
    environment: Mapping[str, str] | None = None,
    loaded: Sequence[str] = (),
) -> None:
    folders = Folders(settings.state_dir)
    folders.logs.mkdir(parents=True, exist_ok=True)
    runs = [
        Run(
            argv=(sys.executable, "-m", service, *arguments),
            environment={
                **passed_on(),
                **service_environment(settings, service),
                **(environment or {}),
            },
            log=str(folders.log_of(f"{service}-{arguments[0]}")),
        )
        for service, *arguments in commands
    ]
    for run, code in zip(runs, await _codes_of(runs, loaded), strict=True):
        if code != 0:
            title = " ".join(run.argv[2:4])
            raise StepFailedError(title, f"ended with exit code {code}", Path(run.log))


async def _codes_of(runs: Sequence[Run], loaded: Sequence[str]) -> list[int]:
    process = await asyncio.create_subprocess_exec(
        *command(*loaded),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=passed_on(),
        start_new_session=True,
    )
    try:
        output, _ = await process.communicate(as_input(runs))
        if process.returncode:
            raise StepFailedError(" ".join(runs[0].argv[2:4]), "could not be started, see above")
        return codes_in(output)
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
