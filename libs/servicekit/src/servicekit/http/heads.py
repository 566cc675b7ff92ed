"""What the head of a request has to be, beyond what the parser checks.

Sources: RFC 9110 (HTTP semantics), RFC 9112 (HTTP/1.1).
"""

import re
from dataclasses import dataclass

import httptools
from httptools.parser.url_parser import URL

from servicekit.http.refusals import HOSTLESS, MALFORMED, UNKNOWN_CODING, RefusedError, repeated

Fields = list[tuple[bytes, bytes]]

ONCE = frozenset({
    b"content-type", b"host", b"idempotency-key", b"last-event-id", b"origin",
    b"webhook-id", b"webhook-signature", b"webhook-timestamp",
})  # fmt: skip
"""Fields that are no lists and that somebody here believes (RFC 9110, 5.3); Authorization is refused by who reads it."""
AUTHORITY = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]{0,5})?"
)
"""A host and perhaps a port (RFC 3986, 3.2). Over HTTP there is no empty one (RFC 9110, 4.2.1)."""
VERSIONS = ("1.0", "1.1")
SCHEMES = (b"http", b"https")
FRAMING = (b"content-length", b"transfer-encoding")
"""Fields that say where a body ends."""


@dataclass(frozen=True, slots=True)
class Target:
    """The requested path with its query, and the host if the client wrote that as well."""

    path: bytes
    authority: bytes | None = None


def read_target(method: bytes, written: bytes) -> Target:
    """Return what a request's target means, in whichever of its forms (RFC 9112, 3.2) it is written.

    Raises:
        RefusedError: it has bytes that no URI has, or is of no form that a server can answer.
    """
    if not written.isascii():
        raise RefusedError(MALFORMED)
    if written.startswith(b"/"):
        return Target(written)
    if written == b"*" and method == b"OPTIONS":
        return Target(b"/")
    try:
        parts = httptools.parse_url(written)
    except httptools.HttpParserInvalidURLError:
        raise RefusedError(MALFORMED) from None
    if (parts.schema or b"").lower() not in SCHEMES or parts.userinfo:
        raise RefusedError(MALFORMED)
    query = b"?" + parts.query if parts.query else b""
    return Target((parts.path or b"/") + query, _authority(parts))


def check_fields(version: str, fields: Fields) -> None:
    """See that a head's fields mean one thing only.

    Raises:
        RefusedError: a field that cannot be a list is there twice, or Host is missing or no host.
    """
    if version not in VERSIONS:
        raise RefusedError(MALFORMED)
    once: dict[bytes, bytes] = {}
    coding: list[bytes] = []
    for name, value in fields:
        if name in ONCE:
            if name in once:
                raise RefusedError(HOSTLESS if name == b"host" else repeated(name))
            once[name] = value
        elif name == b"transfer-encoding":
            coding.append(value.strip().lower())
    host = once.get(b"host")
    if host is None:
        if version == "1.1":
            raise RefusedError(HOSTLESS)
    elif not AUTHORITY.fullmatch(host):
        raise RefusedError(HOSTLESS)
    if coding:
        _check_coding(version, coding)


def tokens(fields: Fields, field: bytes) -> set[bytes]:
    """Return the members of a list field, in lower case, on however many lines (RFC 9110, 5.3)."""
    lines = [value for name, value in fields if name == field]
    return {token.strip().lower() for token in b",".join(lines).split(b",")} - {b""}


def _check_coding(version: str, coding: list[bytes]) -> None:
    """See that the parser has found the body's end by the rules (RFC 9112, 6.1)."""
    if version == "1.0":
        raise RefusedError(MALFORMED)
    if coding != [b"chunked"]:
        raise RefusedError(UNKNOWN_CODING)


def _authority(parts: URL) -> bytes:
    host: bytes = parts.host or b""
    shown = b"[" + host + b"]" if b":" in host else host
    return b"%s:%d" % (shown, parts.port) if parts.port else shown
