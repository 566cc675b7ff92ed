"""WebSockets with one client: uvicorn's protocol, and what its library makes no answer to."""

from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.datastructures import Headers
from websockets.exceptions import InvalidHeader
from websockets.http11 import Request
from websockets.server import ServerProtocol

from servicekit.http.heads import Fields
from servicekit.http.refusals import (
    LARGE_HEAD,
    LONG_ADDRESS,
    OTHER_WEBSOCKET,
    RefusedError,
    misshaken,
)

MAX_LINE_BYTES = 8 * 1024 - 64
MAX_FIELDS = 128
VERSION = "Sec-WebSocket-Version"
INVALID_TEXT = 1007
"""A message that has to be text is none. Source: RFC 6455, section 7.4.1."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSocket with one client; `left` is called when it ends."""

    def __init__(self, left: Callable[[], None], **told: Any) -> None:
        super().__init__(**told)
        self._left = left

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the client has gone."""
        self._left()
        super().connection_lost(exc)

    def send_receive_event_to_app(self) -> None:
        """Hand on a message; for a text that is none the server would log a traceback."""
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            self.frames = []
            self.conn.fail(INVALID_TEXT)
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


def check_handshake(url: bytes, fields: Fields) -> None:
    """See that the library accepts the head of a handshake.

    It would answer others in its own words, and larger ones not at all.

    Raises:
        RefusedError: it is too large, or not as RFC 6455 (section 4.2.1) has it.
    """
    if len(url) > MAX_LINE_BYTES:
        raise RefusedError(LONG_ADDRESS)
    if len(fields) > MAX_FIELDS or any(len(n) + len(v) > MAX_LINE_BYTES for n, v in fields):
        raise RefusedError(LARGE_HEAD)
    named = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
    try:
        ServerProtocol().process_request(Request(url.decode("latin-1"), named))
    except InvalidHeader as error:
        is_another = error.name == VERSION and VERSION in named
        raise RefusedError(OTHER_WEBSOCKET if is_another else misshaken(error.name)) from None


def _is_text(message: bytes) -> bool:
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True
