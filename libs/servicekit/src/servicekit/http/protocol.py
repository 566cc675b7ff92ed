"""Answering one client: in order, within bounds of time, and with a reason for each refusal.

What a client sends is never an error of ours: the log has a short line about it now and then.
"""

import asyncio
import socket
import uuid
from functools import partial
from typing import Any

import structlog
from starlette.responses import PlainTextResponse, Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from servicekit.http.crowd import Crowd
from servicekit.http.reading import ReadingProtocol, Stage
from servicekit.http.refusals import (
    CROWDED,
    NOT_YET,
    SLOW,
    TOO_MANY_AHEAD,
    Refusal,
    RefusedError,
)
from servicekit.http.sockets import SocketProtocol
from servicekit.log_dedup import LogThrottle

log = structlog.get_logger(__name__)
HEAD_S = 10.0
"""Timeout of a request head, from the start of the connection or the end of the last response."""
BODY_S = 30.0
"""Timeout of a request body, from the end of its head."""
UNREAD_S = 30.0
"""How long a client may read nothing of its response."""
LINGER_S = 2.0
UNREAD_BYTES = 128 * 1024
"""What the kernel keeps for a client that does not read; left alone it grows to megabytes each."""
MAX_AHEAD = 100
"""How many pipelined requests may wait for the responses to those before them."""
FOR_GUESTS = (b"/healthz", b"/readyz")
_SAID = LogThrottle()


class StrictProtocol(ReadingProtocol):
    """HTTP with one client of a crowd."""

    def __init__(self, crowd: Crowd, **told: Any) -> None:
        super().__init__(**told)
        self._crowd = crowd
        self._is_guest = False
        self._answering: RequestResponseCycle | None = None
        self._last_word: Refusal | None = None
        self._give_up_at = float("inf")
        self._unread_since: float | None = None
        if self.ws_protocol_class is not None:
            left = partial(crowd.leave, self)
            self.ws_protocol_class = partial(SocketProtocol, left)  # type: ignore[assignment]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a client."""
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
        super().connection_made(transport)
        self._is_guest = not self._crowd.enter(self, self.client[0] if self.client else "")
        self._give_up_after(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """Handle a client that has gone: what is responding to it learns that, and nothing else begins."""
        self._crowd.leave(self)
        self.pipeline.clear()
        if self._answering is not None:
            self._abandon(self._answering)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what has come; what is not complete yet is held for a while."""
        super().data_received(data)
        if self.begun and not self.has_stopped_reading and not self._is_answered_early():
            self._crowd.hold(self, len(data))

    def admit(self) -> None:
        """Let a request in, if it is its turn and there is room."""
        if self._is_guest and self.url not in FOR_GUESTS:
            raise RefusedError(CROWDED)
        if self._becomes_socket and self._is_answering():
            raise RefusedError(NOT_YET)
        if len(self.pipeline) >= MAX_AHEAD:
            raise RefusedError(TOO_MANY_AHEAD)
        self._give_up_after(BODY_S)

    def on_message_complete(self) -> None:
        """Note that a request is complete: from here on the client waits for us."""
        super().on_message_complete()
        if not self.begun:
            self._settle()

    def on_response_complete(self) -> None:
        """Go on with the next request after a complete answer, or say the last word."""
        super().on_response_complete()
        if not self._is_answering() and self._last_word is not None:
            self._say(self._last_word)
        self._settle()

    def handle_websocket_upgrade(self) -> None:
        """Leave the client to a WebSocket's protocol, which has bounds of its own."""
        self._crowd.busy(self)
        self._give_up_at = float("inf")
        super().handle_websocket_upgrade()

    def refuse(self, refusal: Refusal) -> None:
        """Let what was asked before be answered, then tell of the refusal, and hang up."""
        self.has_stopped_reading = True
        if self.stage is Stage.BODY and self._has_begun_to_answer():
            self._hang_up()
        elif self._is_answering():
            self._last_word, self._give_up_at = refusal, float("inf")
        else:
            self._say(refusal)

    def told(self, refusal: Refusal, request_id: str) -> Response:
        """Return the answer that reports a refusal."""
        del request_id
        return PlainTextResponse(refusal.detail, refusal.status, dict(refusal.headers))

    def give_way(self) -> None:
        """End at once, for somebody else."""
        self._crowd.leave(self)
        self.transport.abort()

    def unread_bytes(self) -> int:
        """Return how much of what the client was answered is still here."""
        return self.transport.get_write_buffer_size()

    def check(self, now: float) -> None:
        """End if the client has taken too long to say something, or to read what it was told."""
        if self.transport.is_closing() or self.flow.write_paused:
            self._unread_since = self._unread_since or now
            if now - self._unread_since > UNREAD_S:
                self.transport.abort()
            return
        self._unread_since = None
        if now < self._give_up_at or self.flow.read_paused:
            return  # what we do not let it say, no client can say
        if self.has_stopped_reading or (self.stage is Stage.HEAD and not self.begun):
            self.transport.close()
        else:
            self.refuse(SLOW)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _is_answering(self) -> bool:
        current = self._answering
        return bool(self.pipeline) or (current is not None and not current.response_complete)

    def _has_begun_to_answer(self) -> bool:
        """Return whether the request whose body is wrong has its answer, or some of it; it gets no other."""
        if self.pipeline:
            self.pipeline.popleft()
            return False
        self._abandon(self.cycle)
        self._answering = None
        return self.cycle.response_started

    def _is_answered_early(self) -> bool:
        """Return whether there is a response already: the rest of the request is discarded."""
        return self.stage is Stage.BODY and self.cycle.response_complete

    def _settle(self) -> None:
        """Note which side waits: a connection that waits for its client makes room, and has a timeout."""
        if self.has_stopped_reading or self.stage is Stage.BODY:
            return
        if self._is_answering():
            self._crowd.busy(self)
            self._give_up_at = float("inf")
        else:
            self._crowd.idle(self)
            self._give_up_after(HEAD_S)

    def _say(self, refusal: Refusal) -> None:
        if self.transport.is_closing():
            return
        request_id = uuid.uuid4().hex
        left_out = _SAID.turn(refusal.code)
        if left_out is not None:
            log.info(
                "request_rejected_unread",
                code=refusal.code,
                request_id=request_id,
                left_out=left_out or None,
            )
        answer = self.told(refusal, request_id)
        headers = [*answer.raw_headers, (b"x-request-id", request_id.encode())]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        head = STATUS_LINE[answer.status_code] + lines + b"connection: close\r\n\r\n"
        self.transport.write(head + (b"" if self._asks_for_head() else bytes(answer.body)))
        self._hang_up()

    def _hang_up(self) -> None:
        """Send no more, and discard for a moment what the client is still sending.

        A connection that is closed over unread bytes is reset, and the answer may be lost with it.
        Source: RFC 9112, 9.6.
        """
        self._unset_keepalive_if_required()
        if self.transport.can_write_eof():  # TLS cannot
            self.transport.write_eof()
        self.flow.resume_reading()
        self._give_up_after(LINGER_S)

    def _asks_for_head(self) -> bool:
        return self.begun and bool(self.url) and self.parser.get_method() == b"HEAD"

    def _give_up_after(self, seconds: float) -> None:
        self._give_up_at = self.loop.time() + seconds

    @staticmethod
    def _abandon(cycle: RequestResponseCycle) -> None:
        """Tell the application that its client has gone."""
        cycle.disconnected = True
        cycle.message_event.set()
