"""Reading what a client sends: uvicorn's protocol, and what it and its parser let pass.

Sources: RFC 9110 (HTTP semantics), RFC 9112 (HTTP/1.1).
"""

from enum import Enum

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.http.heads import FRAMING, check_fields, read_target, tokens
from servicekit.http.refusals import (
    LARGE_HEAD,
    LONG_ADDRESS,
    MALFORMED,
    MAX_ADDRESS_BYTES,
    MAX_HEAD_BYTES,
    Refusal,
    RefusedError,
)
from servicekit.http.sockets import check_handshake


class Stage(Enum):
    """The part of a request that comes next."""

    HEAD = "head"
    BODY = "body"


class ReadingProtocol(HttpToolsProtocol):
    """Reading of one request after the other, until something has to be refused."""

    stage = Stage.HEAD
    begun = False
    """Whether anything of the request has come yet."""
    has_stopped_reading = False
    """Whether nothing more that the client sends is read."""
    _counted_bytes = 0
    """Of the request's line, its header and its trailer, as far as the parser has found them."""
    _unfound_bytes = 0
    """Those that the parser keeps to itself, for what they begin has no end yet."""
    _has_found = False
    _has_ended = False
    _becomes_socket = False
    _reads_on = False

    def refuse(self, refusal: Refusal) -> None:
        """Answer no more than what was asked before, and this."""
        raise NotImplementedError

    def admit(self) -> None:
        """See whether a request may come in whose head is complete.

        Raises:
            RefusedError: it may not.
        """

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        if self.has_stopped_reading:
            return
        self._unset_keepalive_if_required()
        self._has_found = self._has_ended = False
        rest = data
        try:
            while rest:
                rest = self._read(rest)
            self._count_unfound(len(data))
        except httptools.HttpParserError as error:
            # What a callback raises, the parser passes on as the context of an error of its own.
            refused = error.__context__
            self.refuse(refused.refusal if isinstance(refused, RefusedError) else MALFORMED)
        except RefusedError as refused:
            self.refuse(refused.refusal)

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._has_found = True
        if self._reads_on:
            return
        self.stage, self.begun, self._counted_bytes = Stage.HEAD, True, 0
        self._becomes_socket = False
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        if self._reads_on:
            return
        super().on_url(url)
        if len(self.url) > MAX_ADDRESS_BYTES:
            raise RefusedError(LONG_ADDRESS)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the header; what comes in a trailer is counted and not believed (9110, 6.5.1)."""
        self._has_found = True
        if self._reads_on:
            return
        self._count(len(name) + len(value))
        if self.stage is Stage.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """See what is asked for, and whether it may be."""
        if self._reads_on:
            return
        version = self.parser.get_http_version()
        check_fields(version, self.headers)
        self._take_target()
        self._becomes_socket = self.parser.should_upgrade() and self._asks_for_socket(version)
        self.admit()
        self.stage = Stage.BODY
        if version == "1.0":
            self.expect_100_continue = False  # RFC 9110, 10.1.1
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._has_found = True
        super().on_body(body)

    def on_chunk_complete(self) -> None:
        """End a chunk of the body."""
        self._has_found = True

    def on_message_complete(self) -> None:
        """End a request; one that was taken for an upgrade is read on."""
        if self._is_declined():
            return
        self.stage, self.begun, self._has_ended = Stage.HEAD, False, True
        super().on_message_complete()

    def _read(self, data: bytes) -> bytes:
        """Read as far as the parser goes; what comes after an upgrade is left."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._becomes_socket:
                self.handle_websocket_upgrade()
                return b""
            self._read_on()
            return data[upgrade.args[0] :]
        return b""

    def _read_on(self) -> None:
        """Read the body of a request whose upgrade is declined: it is a request as any (9110, 7.8).

        The parser has taken what comes for another protocol. A new one is told where the body ends.
        """
        framing = b"".join(b"%s: %s\r\n" % field for field in self.headers if field[0] in FRAMING)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._reads_on = True
        try:
            self.parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n")
        finally:
            self._reads_on = False

    def _is_declined(self) -> bool:
        return self.parser.should_upgrade() and not self._becomes_socket and not self._reads_on

    def _should_upgrade(self) -> bool:
        return self._becomes_socket

    def _asks_for_socket(self, version: str) -> bool:
        """Return whether an upgrade is a WebSocket's handshake, which has no body (RFC 6455, 4.1)."""
        names = {name for name, _ in self.headers}
        asks = (
            self.parser.get_method() == b"GET"
            and version == "1.1"
            and b"websocket" in tokens(self.headers, b"upgrade")
            and names.isdisjoint(FRAMING)
        )
        if asks:
            check_handshake(self.url, self.headers)
        return asks

    def _take_target(self) -> None:
        if self.url.startswith(b"/") and self.url.isascii():  # as nearly all do
            return
        target = read_target(self.parser.get_method(), self.url)
        self.url = target.path
        if target.authority is not None:  # it goes before Host (RFC 9112, 3.2.2)
            others = [field for field in self.headers if field[0] != b"host"]
            self.headers[:] = [(b"host", target.authority), *others]

    def _count(self, count: int) -> None:
        self._counted_bytes += count
        if self._counted_bytes > MAX_HEAD_BYTES:
            raise RefusedError(LARGE_HEAD)

    def _count_unfound(self, count: int) -> None:
        """Count the bytes of an unfinished head, and those of a body in which nothing was found."""
        is_done = self._has_ended if self.stage is Stage.HEAD else self._has_found
        self._unfound_bytes = 0 if is_done else self._unfound_bytes + count
        if self._unfound_bytes > MAX_HEAD_BYTES:
            raise RefusedError(LARGE_HEAD)
