"""The mails kept: each raw message with what lists and searches need, in SQLite."""

import json
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

import structlog
from simkit import TRACEPARENT, Books, trace_id_of, trace_keys

from postbox.letter import Letter, read_letter
from postbox.query import where

log = structlog.get_logger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    snippet TEXT NOT NULL,
    x_headers TEXT NOT NULL,
    created TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS terms (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    mail INTEGER NOT NULL,
    PRIMARY KEY (name, value, mail)
) WITHOUT ROWID;
"""
ADD = """
INSERT INTO mails (message_id, sender, recipients, subject, snippet, x_headers, created,
                   envelope_from, raw)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
LISTED = """seq, message_id, sender, recipients, subject, snippet, x_headers, created,
            LENGTH(raw) AS size"""
VALUE_MAX = 300


class Mails:
    """Every accepted message, newest first when read."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def keep(self, raw: bytes, envelope_from: str, envelope_to: list[str]) -> None:
        """Write a message down, with its search terms."""
        letter = read_letter(raw)
        to = letter.addresses("To") or [{"Name": "", "Address": each} for each in envelope_to]
        sender = (letter.addresses("From") or [{"Name": "", "Address": envelope_from}])[0]
        x_headers = {k: v for k, v in letter.headers if k.lower().startswith("x-")}
        with self._books.transaction():
            seq = self._books.execute(
                ADD,
                letter.message_id,
                json.dumps(sender),
                json.dumps(to),
                letter.header("Subject"),
                letter.snippet,
                json.dumps(x_headers),
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                envelope_from,
                raw,
            ).lastrowid
            for name, value in _terms(letter, envelope_from, envelope_to):
                self._books.execute(
                    "INSERT OR IGNORE INTO terms VALUES (?, ?, ?)", name, value, seq
                )
        trace = trace_keys(trace_id_of(letter.header(TRACEPARENT)))
        log.info("mail_kept", message_id=letter.message_id, bytes=len(raw), **trace)

    def total(self, query: str = "") -> int:
        """Count the mails that match."""
        condition, values = where(query)
        row = self._books.one(f"SELECT COUNT(*) FROM mails WHERE {condition}", *values)  # noqa: S608 - values are bound
        return 0 if row is None else int(row[0])

    def newest(self, limit: int, start: int, query: str = "") -> list[dict[str, Any]]:
        """Give summaries of the mails that match, newest first."""
        condition, values = where(query)
        rows = self._books.all(
            f"SELECT {LISTED} FROM mails WHERE {condition} ORDER BY seq DESC LIMIT ? OFFSET ?",  # noqa: S608 - values are bound
            *values,
            limit,
            start,
        )
        return [_summary(row) for row in rows]

    def mail(self, mail_id: str) -> tuple[dict[str, Any], Letter] | None:
        """Give one mail: its summary and the message, read again from what was sent."""
        sql = f"SELECT {LISTED}, raw FROM mails WHERE seq = ?"  # noqa: S608 - our own names
        row = self._books.one(sql, mail_id)
        return None if row is None else (_summary(row), read_letter(row["raw"]))

    def clear(self) -> None:
        """Forget all mails."""
        self._books.clear()


def _terms(letter: Letter, envelope_from: str, envelope_to: list[str]) -> set[tuple[str, str]]:
    terms = {(name.lower(), value.lower()[:VALUE_MAX]) for name, value in letter.headers}
    terms |= {("to", each.lower()) for each in envelope_to} | {("from", envelope_from.lower())}
    for name in ("to", "cc", "from"):
        terms |= {(name, each["Address"].lower()) for each in letter.addresses(name)}
    return terms | {("message-id", letter.message_id.lower())}


def _summary(row: Row) -> dict[str, Any]:
    """Give a mail in Mailpit's shape, with its X-… headers besides."""
    return {
        "ID": str(row["seq"]),
        "MessageID": row["message_id"],
        "From": json.loads(row["sender"]),
        "To": json.loads(row["recipients"]),
        "Subject": row["subject"],
        "Created": row["created"],
        "Size": row["size"],
        "Snippet": row["snippet"],
        "Headers": json.loads(row["x_headers"]),
    }
