"""Runs a service's one-off commands: migrations and the catalogue's seed."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from orderstream.platform.failure import StepFailedError
from orderstream.platform.folders import Folders
from orderstream.platform.opening_stock import seed_file
from orderstream.platform.roles import service_environment
from orderstream.platform.settings import Settings


async def migrate(settings: Settings, service: str) -> None:
    """Bring a service's database to the newest schema."""
    await run_once(settings, service, "migrate")


async def seed(settings: Settings) -> None:
    """Give inventory its products, prices and stock; what it has already, it keeps."""
    file = await asyncio.to_thread(seed_file, settings)
    await run_once(settings, "inventory", "seed", str(file))


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
    log = Folders(settings.state_dir).log_of(f"{service}-{arguments[0]}")
    log.parent.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", service, *arguments)
    told = {**service_environment(settings, service), **(environment or {})}
    code = await _run(command, told, log)
    if code != 0:
        title = f"{service} {arguments[0]}"
        raise StepFailedError(title, f"ended with exit code {code}", log)


async def _run(command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> int:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
        )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
