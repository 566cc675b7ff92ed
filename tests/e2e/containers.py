"""The stage of containers, which Docker looks after."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from orderstream.platform import PROJECT_ROOT, Settings, System

AS_IT_IS = ("up", "--wait", "--no-deps", "--no-recreate")
"""Brings one service up, and lets all others be."""
CLEAR_LINE = "\x1b[2K"
"""Some versions of compose write it although nobody looks."""


@dataclass(frozen=True, slots=True)
class ComposeStage:
    """See `e2e.stage.Stage`. The project is the one that the environment names."""

    system: System

    def address_of(self, name: str) -> str:
        inside = Settings.model_fields[f"{name}_port"].default
        return f"http://{name}:{inside}"

    async def kill(self, name: str) -> None:
        await compose("kill", "--signal", "SIGKILL", name)
        await compose(*AS_IT_IS, name)  # Docker starts nothing again that was killed by command

    @asynccontextmanager
    async def stopped(self, *names: str) -> AsyncIterator[None]:
        await compose("stop", *names)
        try:
            yield
        finally:
            await compose(*AS_IT_IS, *names)

    async def scale(self, service: str, count: int) -> None:
        await compose(*AS_IT_IS, "--scale", f"{service}-worker={count}", f"{service}-worker")

    async def restart(self) -> None:
        await compose("down")
        await compose("up", "--wait")

    async def last_words(self, name: str, lines: int) -> Sequence[str]:
        told = await compose("logs", "--no-color", "--no-log-prefix", "--tail", str(lines), name)
        return [line.replace(CLEAR_LINE, "") for line in told.splitlines()]


async def compose(*arguments: str) -> str:
    """Run `docker compose`; gives what it printed.

    Raises:
        AssertionError: it failed, with what it said.
    """
    process = await asyncio.create_subprocess_exec(
        *("docker", "compose", *arguments),
        cwd=PROJECT_ROOT,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    told = (await process.communicate())[0].decode(errors="replace")
    assert process.returncode == 0, f"docker compose {' '.join(arguments)} failed:\n{told}"
    return told
