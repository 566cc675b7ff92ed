"""HTTP as bytes: what no client library would send, and every answer that comes of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from testkit.waiting import TIMEOUT_S

INTERIM = 200
SWITCHED = 101
WITHOUT_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    """One answer of a server; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def request(path: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    """Write a request with these lines in its header, and with its length where it has a body."""
    length = [f"Content-Length: {len(body)}"] if body else []
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", *lines, *length, "", ""]
    return "\r\n".join(head).encode("latin-1") + body


async def exchange(url: str, *pieces: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
    """Send bytes, piece by piece, and give all that comes until the server hangs up.

    Once nothing has come for `timeout_s`, the client hangs up itself.
    """
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        with suppress(ConnectionError):  # it may have received enough
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        return await _all_of(reader, timeout_s)
    finally:
        writer.close()


async def answers(url: str, *pieces: bytes, methods: tuple[str, ...] = ()) -> list[Answer]:
    """Send bytes, and give the answers: interim ones are left out. `methods` are those that were asked with."""
    return split(await exchange(url, *pieces), methods)


def split(data: bytes, methods: tuple[str, ...] = ()) -> list[Answer]:
    """Return the answers in the bytes of a server.

    Raises:
        ValueError: it is not one whole answer after the other.
    """
    found: list[Answer] = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        if not end:
            raise ValueError(f"a head without an end: {head[:200]!r}")
        status, headers = _head(head)
        if status == SWITCHED:  # what follows is of another protocol
            return [*found, Answer(status, headers, data)]
        if status < INTERIM:
            continue
        asked = methods[len(found)] if len(found) < len(methods) else "GET"
        body, data = (b"", data) if _has_none(status, asked) else _body(headers, data)
        found.append(Answer(status, headers, body))
    return found


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, status, _ = (*first.split(" ", 2), "")[:3]
    if version != "HTTP/1.1" or not status.isdecimal():
        raise ValueError(f"no status line: {first[:200]!r}")
    named = (line.partition(":") for line in lines)
    return int(status), {name.lower(): value.strip() for name, _, value in named}


def _has_none(status: int, method: str) -> bool:
    return method == "HEAD" or status in WITHOUT_BODY


def _body(headers: dict[str, str], data: bytes) -> tuple[bytes, bytes]:
    if headers.get("transfer-encoding") == "chunked":
        return _chunks(data)
    length = int(headers.get("content-length", len(data)))
    if len(data) < length:
        raise ValueError(f"{len(data)} of {length} bytes of a body")
    return data[:length], data[length:]


def _chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, end, data = data.partition(b"\r\n")
        if not end:
            raise ValueError("a chunked body without an end")
        count = int(size, 16)
        body += data[:count]
        data = data[count + 2 :]
        if count == 0:
            return body, data


async def _all_of(reader: asyncio.StreamReader, timeout_s: float) -> bytes:
    received = b""
    with suppress(ConnectionError, TimeoutError):
        while piece := await asyncio.wait_for(reader.read(65_536), timeout_s):
            received += piece
    return received
