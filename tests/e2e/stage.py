"""What a story may do to the system that it runs on, whether that is native or in containers."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from orderstream.platform import System


class Stage(Protocol):
    """A running system; processes and containers go by the same names."""

    @property
    def system(self) -> System:
        """Where everything is to be reached."""

    def address_of(self, name: str) -> str:
        """How the processes of the system reach one of them over HTTP."""

    async def kill(self, name: str) -> None:
        """End a process with SIGKILL, and wait until it is there again."""

    def stopped(self, *names: str) -> AbstractAsyncContextManager[None]:
        """Have these stopped in order for as long as the block lasts, and ready after it."""

    async def scale(self, service: str, count: int) -> None:
        """Let there be so many workers of a service."""

    async def restart(self) -> None:
        """Stop everything in order and start it again; the data stays."""

    async def last_words(self, name: str, lines: int) -> Sequence[str]:
        """The end of what a process has logged, all its instances together."""
