"""Junk that a WebSocket's client sends: the socket is closed with the right code, and no error is logged.

Codes: RFC 6455, section 7.4.1.
"""

import asyncio
import base64
import os
import re
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from servicekit.api import MAX_SOCKET_MESSAGE_BYTES
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
MORE, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PROTOCOL_ERROR, NO_UTF8, TOO_BIG = 1002, 1007, 1009
FLOOD = 20_000
ERROR = re.compile(r'"level": ?"(error|critical)"|^Traceback')


def frame(kind: int, content: bytes = b"", *, first: int = 0x80, masked: bool = True) -> bytes:
    """One frame as a client sends it; `first` are the bits before its kind, of which 0x80 ends a message."""
    size, bit = len(content), 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first | kind, bit | size)
    elif size < 2**16:
        head = struct.pack("!BBH", first | kind, bit | 126, size)
    else:
        head = struct.pack("!BBQ", first | kind, bit | 127, size)
    return head + (bytes(4) if masked else b"") + content  # a mask of zeros changes nothing


ENDLESS = struct.pack("!BBQ", 0x80 | BINARY, 0x80 | 127, 2**62) + bytes(4)
JUNK = {
    "text that is not UTF-8": (frame(TEXT, b"\xff\xfe"), NO_UTF8),
    "text with half of a surrogate pair": (frame(TEXT, b"\xed\xa0\x80"), NO_UTF8),
    "a message of 2^62 bytes": (ENDLESS, TOO_BIG),
    "a message too large": (frame(BINARY, bytes(MAX_SOCKET_MESSAGE_BYTES + 1))[:20], TOO_BIG),
    "fragments that are too large together": (
        frame(BINARY, bytes(100), first=0)
        + (MAX_SOCKET_MESSAGE_BYTES // 100) * frame(MORE, bytes(100), first=0),
        TOO_BIG,
    ),
    "the rest of no message": (frame(MORE, b"x"), PROTOCOL_ERROR),
    "a message within a message": (2 * frame(TEXT, b"x", first=0), PROTOCOL_ERROR),
    "a kind that there is not": (frame(0x3, b"x"), PROTOCOL_ERROR),
    "reserved bits": (frame(TEXT, b"x", first=0xF0), PROTOCOL_ERROR),
    "no mask": (frame(TEXT, b"x", masked=False), PROTOCOL_ERROR),
    "a ping too large": (frame(PING, bytes(126)), PROTOCOL_ERROR),
    "a ping in fragments": (frame(PING, b"x", first=0), PROTOCOL_ERROR),
    "half a close code": (frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
    "a close code that is never sent": (frame(CLOSE, struct.pack("!H", 1005)), PROTOCOL_ERROR),
    "a reason that is not UTF-8": (frame(CLOSE, b"\x03\xe8\xff"), NO_UTF8),
    "HTTP": (b"GET / HTTP/1.1\r\n\r\n", PROTOCOL_ERROR),
}
"""What is sent, and the code that the socket is closed with."""


class Socket:
    """A WebSocket of which every byte is chosen here."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    async def frame(self) -> tuple[int, bytes]:
        """The kind and content of the next frame."""
        kind, size = await self._reader.readexactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self._reader.readexactly(2))
        return kind & 0xF, await self._reader.readexactly(size)

    async def closing(self) -> int:
        """The code that the gateway closes with; then it hangs up."""
        while True:
            kind, content = await self.frame()
            if kind == CLOSE:
                assert await self._reader.read() == b""
                return int.from_bytes(content[:2])


@asynccontextmanager
async def following(shop: Any, order_id: str, customer: str) -> AsyncIterator[Socket]:
    """Follow an order over a WebSocket; bounded, for a gateway that hangs is a failure."""
    host, _, port = shop.gateway.url.removeprefix("http://").partition(":")
    token = shop.token(customer)["Authorization"]
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET /v1/orders/{order_id}/ws HTTP/1.1",
        f"Host: {host}:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        f"Authorization: {token}",
    )
    async with asyncio.timeout(TIMEOUT_S):
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write("\r\n".join((*lines, "", "")).encode())
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101 ")
            yield Socket(reader, writer)
        finally:
            writer.close()


@pytest.fixture
async def placed(shop: Any) -> tuple[str, str]:
    customer = shop.customer()
    order_id = (await shop.place(customer)).json()["id"]
    await shop.moves(order_id, customer, "accepted")
    return order_id, customer


@pytest.fixture
def logged(shop: Any) -> Any:
    """What the gateway has logged since, once it holds this."""
    before = len(shop.gateway.log)

    async def since(about: str) -> str:
        await until(f"the log holds {about}", lambda: about in shop.gateway.log[before:])
        return str(shop.gateway.log[before:])

    return since


def errors_in(output: str) -> list[str]:
    """The lines of a log that tell of an error of ours."""
    return [line for line in output.splitlines() if ERROR.search(line)]


@pytest.mark.parametrize("junk", JUNK)
async def test_junk_is_closed_with_its_code_and_is_no_error_of_ours(
    shop: Any, placed: tuple[str, str], logged: Any, junk: str
) -> None:
    sent, code = JUNK[junk]
    async with following(shop, *placed) as socket:
        assert (await socket.frame())[0] == TEXT
        socket.writer.write(sent)
        assert await socket.closing() == code
    assert errors_in(await logged(placed[0])) == []


async def test_messages_are_not_listened_to_and_pings_are_answered(
    shop: Any, placed: tuple[str, str], logged: Any
) -> None:
    order_id, customer = placed
    async with following(shop, order_id, customer) as socket:
        assert (await socket.frame())[0] == TEXT
        parts = frame(TEXT, b"in", first=0) + frame(PING, b"!") + frame(MORE, b"parts")
        socket.writer.write(frame(BINARY, bytes(range(100))) + frame(TEXT) + parts + frame(PONG))
        assert await socket.frame() == (PONG, b"!")
        for number in range(FLOOD):
            socket.writer.write(frame(PING, b"%d" % number))
        await socket.writer.drain()
        last = b"%d" % (FLOOD - 1)
        while await socket.frame() != (PONG, last):
            pass
        await shop.moves(order_id, customer, "cancelling", "cancelled")
        kinds = [(await socket.frame())[0] for _ in range(2)]
        assert kinds == [TEXT, TEXT]
        socket.writer.write(frame(CLOSE, struct.pack("!H", 1000)))
        assert await socket.closing() == 1000
    assert errors_in(await logged(order_id)) == []


def test_an_error_that_is_logged_is_seen() -> None:
    error = '{"level": "error", "event": "failed"}'
    assert errors_in(f'{{"level": "info"}}\n{error}\nTraceback (most') == [error, "Traceback (most"]
