"""A live stream as server-sent events.

Source: the HTML standard, section 9.2. FastAPI's own `fastapi.sse` is not used: it neither notices
a reader that does not read nor lets the stream state why it ends.
"""

import asyncio
import json

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.http.request_context import note_stream_end
from gateway.streams.protocol import (
    LEFT,
    TOO_SLOW,
    WRITE_S,
    Ending,
    Message,
    Source,
    StreamEndedError,
    next_message,
    until_disconnected,
)

log = structlog.get_logger(__name__)
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""The second keeps nginx from collecting messages before it passes them on."""
OPENING = b"retry: 1000\n\n"
HEARTBEAT = b":\n\n"


class EventStream(Response):
    """Response with everything of a source, until the token ends (`until`, Unix seconds) at the latest.

    The last event is `closed`, with a code and a reason; a reader that is cut off does not get it.
    """

    media_type = "text/event-stream"

    def __init__(self, source: Source, until: float) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._source = source
        self._until = until
        self._code = LEFT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        try:
            await until_disconnected(self._tell(send), _left(receive))
        finally:
            self._source.close()
            note_stream_end(scope, self._code)

    async def _tell(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            async with asyncio.timeout(WRITE_S):
                await send(start)
            await _write(send, OPENING)
            while True:
                await _write(send, await self._next())
        except StreamEndedError as ended:
            self._code = ended.ending.code
            with_end = closing(ended.ending)
            await send({"type": "http.response.body", "body": with_end, "more_body": False})
        except TimeoutError:
            self._code = TOO_SLOW.code
            log.info("slow_reader_disconnected", seconds=WRITE_S)

    async def _next(self) -> bytes:
        message = await next_message(self._source, self._until)
        return HEARTBEAT if message is None else frame(message)


def frame(message: Message) -> bytes:
    """Return a message as an event."""
    position = "" if message.position is None else f"id: {message.position}\n"
    return f"{position}event: {message.name}\ndata: {message.data}\n\n".encode()


def closing(ending: Ending) -> bytes:
    """Return the last event of a stream; it has no id, so that a reader's position stays where it was."""
    data = json.dumps({"code": ending.code, "reason": ending.reason})
    return frame(Message("closed", data))


async def _write(send: Send, chunk: bytes) -> None:
    """Write for a few seconds at most.

    Raises:
        TimeoutError: the reader does not read.
    """
    async with asyncio.timeout(WRITE_S):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
