"""A door before a real server: tests shut it, open it again, or let it swallow what comes."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from servicekit import open_pool

DEADLINE_S = 60.0


class Door:
    """A TCP address of our own behind which another server answers."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._ending = asyncio.Event()
        self._ending.set()
        self.port = 0
        self.ends = 0  # connections that one side has ended
        self.opened = 0

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

    def hold_ends(self) -> None:
        """Pass on everything but the end of a connection."""
        self._ending.clear()

    @property
    def inside(self) -> int:
        """How many callers are connected."""
        return len(self._through)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._through.add(task)
        task.add_done_callback(self._through.discard)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(*self._behind)
        try:
            ways = {
                asyncio.create_task(self._pump(reader, ours)),
                asyncio.create_task(self._pump(theirs, writer)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            writer.transport.abort()
            ours.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)
        self.ends += 1
        await self._ending.wait()


@asynccontextmanager
async def _door_before(host: str, port: int) -> AsyncIterator[Door]:
    door = Door(host, port)
    await door.open()
    try:
        yield door
    finally:
        await door.shut()


@pytest.fixture
def door_before():
    """`async with door_before(host, port) as door`."""
    return _door_before


async def _eventually(condition: Callable[[], Awaitable[object]], deadline_s: float = DEADLINE_S):
    """Poll until the condition holds, then return what it found."""
    async with asyncio.timeout(deadline_s):
        while not (found := await condition()):  # nothing tells us: it is another process
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
def eventually():
    """`await eventually(condition)`."""
    return _eventually


@pytest.fixture
def environment(monkeypatch, free_port):
    """The environment of a process whose settings are right; call it to change some of them."""

    def change(**variables: str) -> dict[str, str]:
        right = {"DATABASE_URL": "postgresql://shop@127.0.0.1:1/shop", "HTTP_PORT": str(free_port)}
        for name, value in (right | variables).items():
            monkeypatch.setenv(name, value)
        return right | variables

    return change


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
async def pool(postgres):
    """A pool on a new database with a little stock."""
    async with await open_pool(postgres()) as pool:
        await pool.execute(
            "CREATE TABLE stock (sku text PRIMARY KEY, units int CHECK (units >= 0))"
        )
        await pool.execute("INSERT INTO stock VALUES ('MUG', 3), ('CUP', 3)")
        yield pool
