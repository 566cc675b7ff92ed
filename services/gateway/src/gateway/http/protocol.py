"""What is refused before there is a request that the application could see: bad HTTP, endless heads.

The server's parser sets no bounds to a request's line and headers, and its refusal is plain text.
"""

import asyncio
import socket
import uuid

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.problems.problem import ProblemError, problem_response

log = structlog.get_logger(__name__)
MAX_ADDRESS_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024
LINGER_S = 2.0
UNREAD_BYTES = 128 * 1024
"""What the kernel keeps for a client that does not read; left alone it grows to megabytes each."""
MALFORMED = ProblemError("malformed_request", "This cannot be read as an HTTP/1.1 request.")
LONG_ADDRESS = ProblemError(
    "address_too_long", f"The address has more than {MAX_ADDRESS_BYTES} bytes."
)
LARGE_HEAD = ProblemError(
    "headers_too_large", f"Request line and headers have more than {MAX_HEAD_BYTES} bytes."
)


class GuardedProtocol(HttpToolsProtocol):
    """Speaks HTTP with one client: counts a head while it comes, and refuses with problem documents."""

    _problem = MALFORMED
    _head_bytes = 0
    """Counted in the pieces that the parser has found."""
    _unfinished_bytes = 0
    """Counted as they came, for the parser keeps an unfinished header to itself."""
    _in_head = True
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a client."""
        line: socket.socket = transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Read what came; a head that has not ended with it counts whole."""
        if self._refused:
            return
        began_in_head = self._in_head
        super().data_received(data)
        if began_in_head and self._in_head and not self._refused:
            self._unfinished_bytes += len(data)
            if self._unfinished_bytes > MAX_HEAD_BYTES:
                self._problem = LARGE_HEAD
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._head_bytes, self._unfinished_bytes, self._in_head = 0, 0, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the address."""
        super().on_url(url)
        if len(self.url) > MAX_ADDRESS_BYTES:
            self._refuse(LONG_ADDRESS)
        self._count(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count(name, value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head has ended."""
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Tell of the problem instead of the parser's words, and hang up."""
        del msg
        request_id = uuid.uuid4().hex
        response = problem_response(self._problem, request_id)
        log.info("request refused unread", code=self._problem.code, request_id=request_id)
        headers = [*response.raw_headers, (b"x-request-id", request_id.encode())]
        lines = b"".join(b"%s: %s\r\n" % header for header in headers)
        head = STATUS_LINE[response.status_code] + lines + b"connection: close\r\n\r\n"
        self.transport.write(head + bytes(response.body))
        self._hang_up()

    def _hang_up(self) -> None:
        """Say no more, and throw away for a moment what the client is still sending.

        A connection that is closed over unread bytes is reset, and the answer may be lost with it.
        Source: RFC 9112, 9.6.
        """
        self._refused = True
        if self.transport.can_write_eof():  # TLS cannot
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)

    def _count(self, *pieces: bytes) -> None:
        self._head_bytes += sum(map(len, pieces))
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(LARGE_HEAD)

    def _refuse(self, problem: ProblemError) -> None:
        """Stop the parser: the server answers whatever a callback raises as bad HTTP."""
        self._problem = problem
        raise problem
