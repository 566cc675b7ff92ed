import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from httpcore._backends.anyio import AnyIOStream
from servicekit.http_client import open_client
from testkit.waiting import until

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone"
AT_ONCE = 20


class Other:
    """Another system: answers when it may, and counts who is connected."""

    def __init__(self) -> None:
        self.connections = 0
        self.asked = 0
        self.open = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.hangs_up = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it is closed."""
        self.connections += 1
        self.open += 1
        try:
            while await reader.readline():
                while await reader.readline() != b"\r\n":
                    pass
                self.asked += 1
                if self.hangs_up:
                    return
                await self.may_answer.wait()
                writer.write(ANSWER)
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def _other() -> AsyncIterator[tuple[Other, httpx.AsyncClient]]:
    other = Other()
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_client(f"http://127.0.0.1:{port}") as client:
        yield other, client
    server.close()


@pytest.fixture
async def outside():
    async with _other() as both:
        yield both


async def test_calls_in_flight_do_not_wait_for_each_other(outside):
    other, client = outside
    other.may_answer.clear()
    calls = [asyncio.create_task(client.get("/")) for _ in range(AT_ONCE)]

    await until("all have asked", lambda: other.asked == AT_ONCE)
    other.may_answer.set()
    assert {(await call).text for call in calls} == {"done"}
    assert other.connections == AT_ONCE


async def test_a_free_connection_is_used_again(outside):
    other, client = outside
    for _ in range(5):
        await client.get("/")
    assert other.connections == 1


async def test_a_call_that_failed_leaves_no_connection_and_the_next_one_works(outside):
    other, client = outside
    other.hangs_up = True
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/")
    other.hangs_up = False
    assert (await client.get("/")).text == "done"
    assert other.open == 1


async def test_a_call_that_was_given_up_leaves_no_connection(outside):
    other, client = outside
    other.may_answer.clear()
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/", timeout=0.1)
    other.may_answer.set()

    await until("the connection is gone", lambda: other.open == 0)


async def test_closing_the_client_closes_every_connection():
    async with _other() as (other, client):
        await asyncio.gather(*(client.get("/") for _ in range(3)))

    await until("all connections are gone", lambda: other.open == 0)


async def test_a_socket_that_is_closed_as_soon_as_it_is_open_is_a_failed_connection(monkeypatch):
    def closed(stream: AnyIOStream, _: str) -> None:
        stream._stream._transport.abort()
        raise AttributeError("'NoneType' object has no attribute 'getpeername'")

    async with _other() as (_, client):
        monkeypatch.setattr(AnyIOStream, "get_extra_info", closed)
        with pytest.raises(httpx.ConnectError, match="closed at once"):
            await client.get("/")
