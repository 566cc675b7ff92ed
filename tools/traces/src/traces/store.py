"""Writes spans into the newest file and finds them in all; no fault of the disk ends the process."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import structlog

from traces.files import SpanFiles

log = structlog.get_logger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    trace_id BLOB NOT NULL, order_id TEXT, start_ns INTEGER NOT NULL, service TEXT NOT NULL, span BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS spans_by_trace ON spans (trace_id);
CREATE INDEX IF NOT EXISTS spans_by_order ON spans (order_id) WHERE order_id IS NOT NULL;
"""
UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
PRIMARY = 0xFF
"""The part of an extended result code of SQLite that says what kind of error it is."""


class SpanRow(NamedTuple):
    """One span as it is kept: `span` is its protobuf message, read only when somebody asks for it."""

    trace_id: bytes
    order_id: str | None
    start_ns: int
    service: str
    span: bytes


class StoreUnavailableError(RuntimeError):
    """Spans cannot be written now; whoever has them may try again."""


class Store:
    """The spans of all files. A commit is in the write-ahead log when it returns, and survives `kill -9`."""

    def __init__(self, files: SpanFiles) -> None:
        self._files = files
        self._path: Path | None = None
        self._connection: sqlite3.Connection | None = None
        self._problem: str | None = None

    async def check(self) -> str | None:
        """Return why the last spans could not be written, for the health report."""
        return self._problem

    def add(self, rows: Sequence[SpanRow]) -> None:
        """Keep all of these spans, or none.

        Raises:
            StoreUnavailableError: the disk is full, or the folder cannot be written.
        """
        try:
            try:
                self._write(rows)
            except sqlite3.DatabaseError as error:
                if self._path is None or not _is_unreadable(error):
                    raise
                self._set_aside(self._path, error)
                self._write(rows)
        except (OSError, sqlite3.Error) as error:
            self.close()
            self._fail(str(error))
            raise StoreUnavailableError(str(error)) from error
        self._recover()

    def of_trace(self, trace_id: bytes) -> list[SpanRow]:
        """Return the spans of one trace, oldest file first."""
        return list(self._find("SELECT * FROM spans WHERE trace_id = ?", trace_id))

    def of_order(self, order_id: str) -> list[SpanRow]:
        """Return the spans of every trace in which a span names the order."""
        sql = "SELECT * FROM spans WHERE order_id = ?"
        traces = {row.trace_id: None for row in self._find(sql, order_id)}
        return [row for trace_id in traces for row in self.of_trace(trace_id)]

    def close(self) -> None:
        """Close the file that is written; the next spans open one again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._path = None

    def _write(self, rows: Sequence[SpanRow]) -> None:
        connection = self._newest()
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?)", rows)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _newest(self) -> sqlite3.Connection:
        """Return the file that takes the next spans, open; another one once it is full, or was removed."""
        if self._path is not None and (not self._path.exists() or self._files.is_full(self._path)):
            self.close()
        if self._connection is None:
            last = self._files.readable()[-1:]
            is_usable = last and not self._files.is_full(last[0])
            self._path = last[0] if is_usable else self._files.next()
            self._connection = _open(self._path)
            self._connection.executescript(SCHEMA)
        return self._connection

    def _find(self, sql: str, value: object) -> Iterator[SpanRow]:
        for path in self._files.readable():
            try:
                with closing(_open(path)) as connection:
                    found = connection.execute(sql, (value,)).fetchall()
            except sqlite3.DatabaseError as error:
                if _is_unreadable(error):
                    self._set_aside(path, error)
                continue  # a file that was just made has no table yet
            yield from map(SpanRow._make, found)

    def _set_aside(self, path: Path, error: sqlite3.Error) -> None:
        if path == self._path:
            self.close()
        aside = self._files.set_aside(path)
        log.error("spans_unreadable", error=str(error), kept_as=aside.name)

    def _fail(self, problem: str) -> None:
        if self._problem is None:
            log.error("spans_not_written", error=problem)
        self._problem = f"spans cannot be written: {problem}"

    def _recover(self) -> None:
        if self._problem is not None:
            log.info("spans_written_again")
        self._problem = None


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None
    )
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _is_unreadable(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY in UNREADABLE
