"""Reads a raw message: who, what, and the text that people see."""

import re
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses

SNIPPET = 140
_TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_parser = (
    BytesParser()
)  # the older policy: ten times as fast as the new one, and as much as we need

Address = dict[str, str]


@dataclass(frozen=True)
class Letter:
    """A message as it was sent: decoded headers in order, plain text and HTML ('' if none)."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str

    def header(self, name: str) -> str:
        """Give the first header of this name, or ''."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def addresses(self, name: str) -> list[Address]:
        """Give the addresses in a header, in Mailpit's shape."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return [{"Name": who, "Address": where} for who, where in getaddresses(values) if where]

    @property
    def message_id(self) -> str:
        """The Message-ID without its angle brackets."""
        return self.header("Message-ID").strip().strip("<>")

    @property
    def snippet(self) -> str:
        """The beginning of the text, on one line."""
        text = self.text or _TAGS.sub(" ", self.html)
        return _SPACES.sub(" ", text).strip()[:SNIPPET]


def read_letter(raw: bytes) -> Letter:
    """Read a raw message; whatever is malformed is shown as well as it can be."""
    message = _parser.parsebytes(raw)
    headers = tuple((name, _writable(_decoded(str(value)))) for name, value in message.items())
    return Letter(headers, _part(message, "text/plain"), _part(message, "text/html"))


def _writable(text: str) -> str:
    """Replace what UTF-8 cannot write: halves of signs that some encodings can name."""
    return text.encode("utf-8", "replace").decode()


def _decoded(value: str) -> str:
    """Undo RFC 2047's encoded words."""
    unfolded = _SPACES.sub(" ", value)
    if "=?" not in unfolded:
        return unfolded
    try:
        return str(make_header(decode_header(unfolded)))
    except (LookupError, ValueError):
        return unfolded  # not an encoding anybody knows: shown as it came


def _part(message: Message, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            return _text(payload, part.get_content_charset("utf-8"))
    return ""


def _text(payload: object, charset: str) -> str:
    if not isinstance(payload, bytes):
        return ""
    try:
        return _writable(payload.decode(charset, "replace"))
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
