"""A door before a real server: tests shut it, open it again, or let it swallow what comes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress


class Door:
    """A TCP address of our own behind which another server answers."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._ending = asyncio.Event()
        self._ending.set()
        self._swallowed = 0
        self.port = 0
        self.ends = 0  # connections that one side has ended
        self.opened = 0

    @property
    def inside(self) -> int:
        """How many callers are connected."""
        return len(self._through)

    async def open(self) -> None:
        """Let callers in."""
        self._flowing.set()
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Throw everybody out and refuse callers."""
        if self._server is not None:
            self._server.close()
        for task in self._through:
            task.cancel()
        await asyncio.gather(*self._through, return_exceptions=True)

    def freeze(self) -> None:
        """Stay open, but pass nothing on: a host that hangs."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Pass on what was held back."""
        self._flowing.set()

    def swallow(self) -> None:
        """Pass nothing on any more, ends included, for those who are in: only new connections are served.

        Both sides see a connection that stands: the other one's host has vanished without a word.
        """
        self._swallowed = self.opened

    def hold_ends(self) -> None:
        """Pass on everything but the end of a connection."""
        self._ending.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        task = asyncio.create_task(self._serve(reader, writer, self.opened))
        self._through.add(task)
        task.add_done_callback(self._through.discard)
        with suppress(asyncio.CancelledError):
            await task

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        # Not by the loop's own means, which a test may have led through this door.
        behind = socket.create_connection(self._behind)
        theirs, ours = await asyncio.open_connection(sock=behind)
        try:
            await self._first_end(
                self._pump(reader, ours, number), self._pump(theirs, writer, number)
            )
        finally:
            writer.transport.abort()
            ours.transport.abort()

    async def _first_end(self, *pumps: Coroutine[None, None, None]) -> None:
        ways = {asyncio.create_task(pump) for pump in pumps}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            if number > self._swallowed:
                writer.write(data)
        self.ends += 1
        await self._flowing.wait()
        await self._ending.wait()
        if number <= self._swallowed:
            await asyncio.Event().wait()


@asynccontextmanager
async def door_before(host: str, port: int) -> AsyncIterator[Door]:
    """Give an open door for as long as the block lasts."""
    door = Door(host, port)
    await door.open()
    try:
        yield door
    finally:
        await door.shut()
