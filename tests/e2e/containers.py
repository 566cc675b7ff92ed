"""What can happen to the containers of a running system: Docker looks after them."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from launcher.environment import PROJECT_ROOT
from stack import Settings

AS_IT_IS = ("up", "--wait", "--no-deps", "--no-recreate")
"""Brings one service up, and lets all others be."""
CLEAR_LINE = "\x1b[2K"
"""Some versions of compose write it although no one looks."""


class Containers:
    """The project that the environment names; containers go by the names of processes."""

    async def kill(self, name: str) -> None:
        """End one with SIGKILL, and wait until it is there again."""
        await compose("kill", "--signal", "SIGKILL", name)
        await compose(*AS_IT_IS, name)  # Docker starts nothing again that was killed by command

    @asynccontextmanager
    async def stopped(self, *names: str) -> AsyncIterator[None]:
        """Have these stopped in order for as long as the block lasts, and ready after it."""
        await compose("stop", *names)
        try:
            yield
        finally:
            await compose(*AS_IT_IS, *names)

    async def scale(self, service: str, count: int) -> None:
        """Let there be so many workers of a service."""
        await compose(*AS_IT_IS, "--scale", f"{service}-worker={count}", f"{service}-worker")

    async def restart(self) -> None:
        """Stop everything and start it again; the data stays."""
        await compose("down")
        await compose("up", "--wait")

    async def last_words(self, name: str, lines: int) -> Sequence[str]:
        """The last lines that one has logged."""
        output = await compose("logs", "--no-color", "--no-log-prefix", "--tail", str(lines), name)
        return [line.replace(CLEAR_LINE, "") for line in output.splitlines()]


def address_among(name: str) -> str:
    """How the containers reach one of them over HTTP."""
    return f"http://{name}:{Settings.model_fields[f'{name}_port'].default}"


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
    stdout = (await process.communicate())[0].decode(errors="replace")
    assert process.returncode == 0, f"docker compose {' '.join(arguments)} failed:\n{stdout}"
    return stdout
