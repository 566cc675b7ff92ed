"""What keeps a stream alive, and what cuts off a reader that does not read.

It is tried without a server, for these are minutes of silence.
"""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from gateway.streams import protocol as messages
from gateway.streams import sse as event_stream
from gateway.streams import websocket as sockets
from gateway.streams.protocol import Message
from gateway.streams.sse import HEARTBEAT, EventStream
from starlette.websockets import WebSocket
from testkit.waiting import TIMEOUT_S

SOON_S = 0.02


def scope_of(request: SimpleNamespace) -> dict[str, Any]:
    """The scope of a request, on which it is noted why its stream ended."""
    return {"type": "http", "state": {"request_context": request}}


class Silence:
    """A source that never has anything to tell."""

    closed = False

    async def next(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    def close(self) -> None:
        self.closed = True


class Chatter(Silence):
    """A source that always has something to tell."""

    async def next(self) -> Message:
        return Message("news", "{}")


def in_an_hour() -> float:
    return time.time() + 3600


async def stays() -> dict[str, Any]:
    """A client that neither says anything nor leaves."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_silence_is_broken_by_heartbeats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "HEARTBEAT_S", SOON_S)
    beats = asyncio.Semaphore(0)

    async def send(message: Any) -> None:
        if message.get("body") == HEARTBEAT:
            beats.release()

    async def leaves_after_three() -> dict[str, Any]:
        for _ in range(3):
            await beats.acquire()
        return {"type": "http.disconnect"}

    source, request = Silence(), SimpleNamespace()
    async with asyncio.timeout(TIMEOUT_S):
        await EventStream(source, in_an_hour())(scope_of(request), leaves_after_three, send)
    assert source.closed
    assert request.stream_code == messages.LEFT


async def test_a_reader_of_events_that_takes_nothing_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_stream, "WRITE_S", SOON_S)
    taken: list[Any] = []

    async def takes_two(message: Any) -> None:
        taken.append(message)
        if len(taken) > 2:
            await asyncio.Event().wait()

    source, request = Chatter(), SimpleNamespace()
    async with asyncio.timeout(TIMEOUT_S):
        await EventStream(source, in_an_hour())(scope_of(request), stays, takes_two)
    assert source.closed
    assert request.stream_code == messages.TOO_SLOW.code
    assert len(taken) == 3  # and no end: a reader that does not read would not receive it


async def test_a_reader_of_a_socket_that_takes_nothing_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "WRITE_S", SOON_S)
    taken: list[Any] = []

    async def takes_two(message: Any) -> None:
        taken.append(message)
        if len(taken) > 2:
            await asyncio.Event().wait()

    connects = iter([{"type": "websocket.connect"}])

    async def receive() -> Any:
        return next(connects, None) or await stays()

    socket = WebSocket({"type": "websocket"}, receive, takes_two)
    await socket.accept()
    source = Chatter()
    async with asyncio.timeout(TIMEOUT_S):
        await sockets.tell(socket, source, in_an_hour())
    assert source.closed
    assert [message["type"] for message in taken] == ["websocket.accept", *["websocket.send"] * 2]
