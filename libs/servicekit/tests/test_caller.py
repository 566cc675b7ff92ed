"""Calls to a system outside: what is sent, what is read, and what counts as no reply."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from servicekit.caller import Caller, NoReplyError, open_caller
from testkit.waiting import until

AT_ONCE = 20
SECRET = "ada@example.org"


class Outside:
    """Another system: answers when it may, and keeps what it was sent."""

    def __init__(self) -> None:
        self.connections = 0
        self.open = 0
        self.heads: list[str] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.says = "Set-Cookie: session=1"
        self.status = "200 OK"
        self.ends: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it is closed; `ends` says when to hang up."""
        self.connections += 1
        self.open += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                await reader.readexactly(2)
                self.heads.append(head)
                if "instead of an answer" in self.ends:
                    return
                await self.may_answer.wait()
                answer = f"HTTP/1.1 {self.status}\r\n{self.says}\r\nContent-Length: 4\r\n\r\ndone"
                writer.write(answer.encode())
                if "after each answer" in self.ends:
                    return
        except asyncio.IncompleteReadError:
            pass
        finally:
            with suppress(OSError):
                writer.write_eof()
                await reader.read()  # it ends when the client has closed its side, too
            self.open -= 1
            writer.close()


@pytest.fixture
async def outside(monkeypatch):
    """Somebody outside, and who calls there; the environment names a proxy that is not there."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    other = Outside()
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    async with server, open_caller(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as to:
        yield other, to


async def test_calls_in_flight_do_not_wait_for_each_other(outside):
    other, caller = outside
    other.may_answer.clear()
    calls = [asyncio.create_task(caller.post("/", {}, idempotency_key="k")) for _ in range(AT_ONCE)]
    await until("all have asked", lambda: len(other.heads) == AT_ONCE)
    other.may_answer.set()
    assert {(await call).body for call in calls} == {b"done"}
    assert other.connections == AT_ONCE


async def test_an_id_cannot_end_the_line_of_a_request(outside):
    other, caller = outside
    await caller.post("/v1/a b\r\nX: y/é", {}, idempotency_key="k")
    assert other.heads[0].startswith("POST /v1/a%20bX:%20y/%C3%A9 HTTP/1.1\r\n")


async def test_a_kept_connection_is_used_again_without_what_was_set_on_it(outside):
    other, caller = outside
    for _ in range(3):
        reply = await caller.post("/v1/a%20b?c", {}, idempotency_key="k")
    assert (other.connections, reply.headers["set-cookie"]) == (1, "session=1")
    assert other.heads[0].lower() == (
        "post /v1/a%20b?c http/1.1\r\n"
        f"host: {other.heads[0].split('Host: ')[1].split()[0]}\r\n"
        "content-type: application/json\r\nidempotency-key: k\r\ncontent-length: 2\r\n\r\n"
    )
    assert other.heads == other.heads[:1] * 3


async def test_a_redirect_is_an_answer_like_any_other(outside):
    other, caller = outside
    other.status, other.says = "307 Elsewhere", "Location: /elsewhere"
    assert (await caller.post("/", {}, idempotency_key="k")).status == 307
    assert len(other.heads) == 1


async def test_a_connection_that_was_closed_while_it_was_idle_is_no_failure(outside):
    other, caller = outside
    other.ends.add("after each answer")
    for _ in range(5):
        assert (await caller.post("/", {}, idempotency_key="k")).body == b"done"
        await until("the connection is gone", lambda: other.open == 0)
    assert other.connections == 5


async def test_what_got_no_reply_was_sent_once_and_the_next_call_works(outside):
    other, caller = outside
    await caller.post("/", {}, idempotency_key="k")
    other.ends.add("instead of an answer")
    with pytest.raises(NoReplyError, match=r"^ServerDisconnectedError"):
        await caller.post("/", {}, idempotency_key="k")
    assert len(other.heads) == 2
    other.ends.clear()
    assert (await caller.post("/", {}, idempotency_key="k")).body == b"done"
    assert other.open == 1


async def test_a_call_that_was_given_up_leaves_no_connection(outside):
    other, caller = outside
    other.may_answer.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await caller.post("/", {}, idempotency_key="k")
    other.may_answer.set()
    await until("the connection is gone", lambda: other.open == 0)


async def test_what_is_no_http_is_no_reply_and_is_not_told(outside):
    other, caller = outside
    other.says = f"X-\x01{SECRET}"
    with pytest.raises(NoReplyError) as found:
        await caller.post("/", {}, idempotency_key="k")
    assert SECRET not in str(found.value)


@asynccontextmanager
async def _answering(*parts: bytes, every_s: float = 0.0) -> AsyncIterator[Caller]:
    """A caller of somebody who answers each request with these parts, one after the other."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(every_s)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, open_caller(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as it:
        yield it


ENDLESS = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


async def test_an_answer_without_an_end_is_not_read_to_it():
    async with _answering(ENDLESS, *[b"x" * 65536] * 1000) as caller:
        with pytest.raises(NoReplyError, match=r"^TooLongError more than 262144 bytes"):
            await caller.post("/", {}, idempotency_key="k")


async def test_an_answer_that_drips_in_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("servicekit.caller.ANSWER_S", 0.2)
    async with _answering(ENDLESS, *[b"x"] * 1000, every_s=0.01) as caller:
        with pytest.raises(NoReplyError, match="no end within"):
            await caller.post("/", {}, idempotency_key="k")


async def test_an_answer_that_is_cut_off_is_no_reply():
    async with _answering(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}") as caller:
        with pytest.raises(NoReplyError, match=r"^ClientPayloadError$"):
            await caller.post("/", {}, idempotency_key="k")


@pytest.mark.parametrize(
    ("headers", "is_json"),
    [
        ("Content-Type: application/json", True),
        ("Content-Type: Application/JSON; charset=utf-8", True),
        ("Content-Type: application/problem+json", True),
        ("Content-Type: text/html", False),
        ("Content-Type: application/json\r\nContent-Encoding: gzip", False),
        ("X-Nothing: said", False),
    ],
)
async def test_what_says_that_it_is_json(headers, is_json):
    head = f"HTTP/1.1 201 Created\r\n{headers}\r\nContent-Length: 2\r\n\r\n{{}}"
    async with _answering(head.encode()) as caller:
        reply = await caller.post("/", {}, idempotency_key="k")
    assert (reply.status, reply.body, reply.is_json) == (201, b"{}", is_json)
