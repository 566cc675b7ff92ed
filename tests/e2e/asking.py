"""Asking the command line about a running system."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from e2e.shop import Shop
from orderstream.cli import app
from typer.testing import CliRunner, Result

Run = Callable[..., Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has run to its end."""

    exit_code: int
    stdout: str
    stderr: str


def command_line(shop: Shop) -> Run:
    """Runs commands against the shop's system, in a thread: a command has a loop of its own."""
    runner = CliRunner(env=_environment(shop))
    return lambda *arguments: asyncio.to_thread(runner.invoke, app, [*arguments])


async def run_program(shop: Shop, *arguments: str, **environment: str) -> Ended:
    """Run Python with these arguments in a process of its own, and wait for its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env={**os.environ, **_environment(shop), **environment},
        stdout=PIPE,
        stderr=PIPE,
    )
    stdout, stderr = await process.communicate()
    return Ended(process.returncode or 0, stdout.decode(), stderr.decode())


def _environment(shop: Shop) -> dict[str, str]:
    return {"ORDERSTREAM_STATE_DIR": str(shop.system.settings.state_dir), "COLUMNS": "200"}
