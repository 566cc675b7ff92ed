"""A live stream as a WebSocket: each message is a text, the end is a close code (RFC 6455).

The server pings by itself and disconnects clients that do not answer.
"""

import asyncio
from contextlib import suppress

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.streams.protocol import (
    WRITE_S,
    Source,
    StreamEndedError,
    next_message,
    until_disconnected,
)

log = structlog.get_logger(__name__)


async def tell(socket: WebSocket, source: Source, until: float) -> None:
    """Send everything of a source, until the token ends (`until`, Unix seconds) at the latest."""
    try:
        await until_disconnected(_send_all(socket, source, until), _left(socket))
    finally:
        source.close()


async def _send_all(socket: WebSocket, source: Source, until: float) -> None:
    try:
        while True:
            message = await next_message(source, until)
            if message is not None:
                async with asyncio.timeout(WRITE_S):
                    await socket.send_text(message.data)
    except StreamEndedError as ended:
        with suppress(WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(WRITE_S):
                await socket.close(ended.ending.code, ended.ending.reason)
    except TimeoutError:
        log.info("slow_reader_disconnected", seconds=WRITE_S)
    except WebSocketDisconnect:
        return


async def _left(socket: WebSocket) -> None:
    """Wait for the client to go; what it sends is ignored."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
