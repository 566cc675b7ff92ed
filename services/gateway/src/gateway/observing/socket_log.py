"""One line per WebSocket when it ends: how, and after how long."""

import structlog
from servicekit import current_trace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.observing.metrics import Metrics
from gateway.observing.notes import Notes, route_in, take_notes

log = structlog.get_logger(__name__)
LOST = 1006
"""Ended without a word of either side. Source: RFC 6455, section 7.1.5."""


class SocketLog:
    """ASGI middleware. The code in a line is the one that was said first, be it by the client."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application talk, and note how it ended."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        notes = take_notes(scope)
        talk = _Talk(notes, receive, send)
        token = current_trace.set(notes.trace)
        self._metrics.sockets_open += 1
        try:
            await self._app(scope, talk.receive, talk.send)
        except Exception:
            log.exception("websocket failed", request_id=notes.request_id)
            raise
        finally:
            self._metrics.sockets_open -= 1
            self._note(scope, notes, talk)
            current_trace.reset(token)

    def _note(self, scope: Scope, notes: Notes, talk: "_Talk") -> None:
        route = route_in(scope)
        self._metrics.socket_closed(route, talk.code)
        if notes.refused is not None:
            self._metrics.refused(notes.refused)
        log.info(
            "websocket",
            route=route,
            accepted=talk.accepted,
            code=talk.code,
            ms=round(notes.ms(), 1),
            refused=notes.refused,
            request_id=notes.request_id,
            order_id=notes.order_id,
        )


class _Talk:
    """The two directions of one WebSocket, listened to for its beginning and its end."""

    def __init__(self, notes: Notes, receive: Receive, send: Send) -> None:
        self.accepted = False
        self.code = LOST
        self._over = False
        self._notes = notes
        self._receive = receive
        self._send = send

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._end(message.get("code") or LOST)
        return message

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            self.accepted = True
            message["headers"] = [*message.get("headers", ()), *self._notes.headers]
        elif kind == "websocket.close":
            self._end(message.get("code") or 1000)
        elif kind == "websocket.http.response.start":
            self._end(message["status"])
            message["headers"] = [*message.get("headers", ()), *self._notes.headers]
        await self._send(message)

    def _end(self, code: int) -> None:
        if not self._over:
            self._over, self.code = True, code
