"""A mail as it goes over the wire: headers, and the same words as text and as HTML.

The email package makes a tree of each message and walks through it; that took a fifth of the
notifier's time. All of ours have one shape, so here only what differs is filled in.
"""

from base64 import encodebytes
from dataclasses import dataclass

BOUNDARY = "=_orderstream"
"""Neither base64 nor quoted-printable has `=_` in it. Source: RFC 2045, 6.7."""
PART = (
    "--{boundary}\r\n"
    'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    "Content-Transfer-Encoding: base64\r\n\r\n"
    "{encoded}\r\n"
)
MAIL = (
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
    "{headers}\r\n"
    "{text}{html}--{boundary}--\r\n"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one recipient; `raw` is all of it, in ASCII but for an address of other letters."""

    recipient: str
    message_id: str
    raw: bytes


def write_mail(headers: dict[str, str], text: str, html: str) -> Mail:
    """Write a mail whose headers need no encoding; `To` and `Message-ID` are among them.

    Raises:
        ValueError: the value of a header would begin a new one.
    """
    if any(set(value) & {"\r", "\n"} for value in headers.values()):
        raise ValueError("a header has one line")
    raw = MAIL.format(
        boundary=BOUNDARY,
        headers="".join(f"{name}: {value}\r\n" for name, value in headers.items()),
        text=_part("plain", text),
        html=_part("html", html),
    )
    return Mail(headers["To"], headers["Message-ID"], raw.encode())


def _part(subtype: str, words: str) -> str:
    encoded = encodebytes(words.encode()).decode("ascii").replace("\n", "\r\n")
    return PART.format(boundary=BOUNDARY, subtype=subtype, encoded=encoded)
