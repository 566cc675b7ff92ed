"""What a server refuses before an application has seen it, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_ADDRESS_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the server's own: a status, a stable word for programs, a sentence for people."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """A head that must not become a request."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


MALFORMED = Refusal(400, "malformed_request", "This cannot be read as an HTTP/1.1 request.")
HOSTLESS = Refusal(
    400, "malformed_request", "The header Host has to be there once, and to name a host."
)
NOT_YET = Refusal(
    400,
    "malformed_request",
    "What was asked before has to be answered before the protocol changes.",
)
TOO_MANY_AHEAD = Refusal(
    400, "malformed_request", "Too many requests were sent without waiting for an answer."
)
LONG_ADDRESS = Refusal(
    414, "address_too_long", f"The address has more than {MAX_ADDRESS_BYTES} bytes."
)
LARGE_HEAD = Refusal(
    431, "headers_too_large", f"Request line and headers have more than {MAX_HEAD_BYTES} bytes."
)
UNKNOWN_CODING = Refusal(
    501,
    "transfer_coding_unknown",
    "The body is sent in a way that is not understood: only chunked is.",
)
SPEAKS_WEBSOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
}
"""What a client is told that should speak that protocol. Sources: RFC 9110, 15.5.22; RFC 6455, 4.4."""
OTHER_WEBSOCKET = Refusal(
    426, "upgrade_required", "The version of WebSocket spoken here is 13.", SPEAKS_WEBSOCKET
)
SLOW = Refusal(408, "request_too_slow", "The request did not come to its end in time.")
CROWDED = Refusal(
    503, "too_many_connections", "There are as many connections as this server may have."
)


def misshaken(field: str) -> Refusal:
    """Make the refusal of a WebSocket's handshake by the field that is wrong in it."""
    return Refusal(
        400, "malformed_request", f"The header {field} is missing or not as RFC 6455 has it."
    )


def repeated(field: bytes) -> Refusal:
    """Make the refusal of a field that may be there only once, and is there twice."""
    return Refusal(400, "header_repeated", f"The header {field.decode()} is there more than once.")
