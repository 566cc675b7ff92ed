"""The stage of processes on this machine, which a supervisor looks after."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from e2e.faults import kill, ready, stopped
from orderstream.platform import System, down, last_lines, scale, up


@dataclass(frozen=True, slots=True)
class NativeStage:
    """See `e2e.stage.Stage`."""

    system: System

    def address_of(self, name: str) -> str:
        return self.system.url(name)

    async def kill(self, name: str) -> None:
        await kill(self.system, name)
        await ready(self.system, name)

    @asynccontextmanager
    async def stopped(self, *names: str) -> AsyncIterator[None]:
        all_of_them = [one for one in self._names() if one.rstrip("-23456789") in names]
        async with stopped(self.system, *all_of_them):
            yield

    async def scale(self, service: str, count: int) -> None:
        await scale(self.system.settings.state_dir, service, count)

    async def restart(self) -> None:
        await down(self.system.settings.state_dir)
        await up(self.system.settings)

    async def last_words(self, name: str, lines: int) -> Sequence[str]:
        all_of_them = [one for one in self._names() if one.rstrip("-23456789") == name]
        logs = [self.system.folders.log_of(one) for one in all_of_them]
        return [line for log in logs for line in last_lines(log, lines)]

    def _names(self) -> list[str]:
        return [process.name for process in self.system.processes]
