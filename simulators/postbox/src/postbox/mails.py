"""The mails kept: each raw message, in SQLite, with what lists and searches need.

Most mails are never looked at, so one is taken apart only when somebody reads any.
"""

import asyncio
import json
import re
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

import structlog
from simkit import Books, trace_id_of, trace_keys

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
CREATE TABLE IF NOT EXISTS unread (
    mail INTEGER PRIMARY KEY,
    envelope_to TEXT NOT NULL
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
VALUES ('', '', '', '', '', '', ?, ?, ?)
"""
UNREAD = """
SELECT seq, envelope_from, envelope_to, raw FROM unread JOIN mails ON seq = mail
ORDER BY seq LIMIT ?
"""
READ = """
UPDATE mails SET message_id = ?, sender = ?, recipients = ?, subject = ?, snippet = ?, x_headers = ?
WHERE seq = ?
"""
SLICE = 20
"""Mails that are taken apart before others get their turn: some 15 ms."""
LISTED = """seq, message_id, sender, recipients, subject, snippet, x_headers, created,
            LENGTH(raw) AS size"""
VALUE_MAX = 300
_MESSAGE_ID = re.compile(rb"(?im)^message-id:(?:[ \t]|\r?\n[ \t])*<?([^>\s]*)")
_TRACE = re.compile(rb"(?im)^traceparent:[ \t]*(\S*)")


class Mails:
    """Every accepted message, newest first when read."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def keep(self, raw: bytes, envelope_from: str, envelope_to: list[str]) -> None:
        """Write a message down as it came."""
        created = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._books.transaction():
            seq = self._books.execute(ADD, created, envelope_from, raw).lastrowid
            self._books.execute("INSERT INTO unread VALUES (?, ?)", seq, json.dumps(envelope_to))
        head = raw.partition(b"\r\n\r\n")[0]
        trace = trace_keys(trace_id_of(_named(_TRACE, head)))
        log.info("mail_kept", message_id=_named(_MESSAGE_ID, head), bytes=len(raw), **trace)

    async def read_up(self) -> None:
        """Take apart what has come since somebody last read, so that all can be listed and found."""
        while rows := self._books.all(UNREAD, SLICE):
            with self._books.transaction():
                for row in rows:
                    self._read(row)
            await asyncio.sleep(0)

    def _read(self, row: Row) -> None:
        letter, envelope_from = read_letter(row["raw"]), row["envelope_from"]
        envelope_to: list[str] = json.loads(row["envelope_to"])
        to = letter.addresses("To") or [{"Name": "", "Address": each} for each in envelope_to]
        sender = (letter.addresses("From") or [{"Name": "", "Address": envelope_from}])[0]
        x_headers = {k: v for k, v in letter.headers if k.lower().startswith("x-")}
        self._books.execute(
            READ,
            letter.message_id,
            json.dumps(sender),
            json.dumps(to),
            letter.header("Subject"),
            letter.snippet,
            json.dumps(x_headers),
            row["seq"],
        )
        for name, value in _terms(letter, envelope_from, envelope_to):
            self._books.execute(
                "INSERT OR IGNORE INTO terms VALUES (?, ?, ?)", name, value, row["seq"]
            )
        self._books.execute("DELETE FROM unread WHERE mail = ?", row["seq"])

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

    async def mail(self, mail_id: str) -> tuple[dict[str, Any], Letter] | None:
        """Give one mail: its summary and the message, read again from what was sent."""
        await self.read_up()
        sql = f"SELECT {LISTED}, raw FROM mails WHERE seq = ?"  # noqa: S608 - our own names
        row = self._books.one(sql, mail_id)
        return None if row is None else (_summary(row), read_letter(row["raw"]))

    def clear(self) -> None:
        """Forget all mails."""
        self._books.clear()


def _named(pattern: re.Pattern[bytes], head: bytes) -> str:
    found = pattern.search(head)
    return found[1].decode("utf-8", "replace") if found else ""


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
