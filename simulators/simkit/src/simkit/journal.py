"""Every request that was meant to have an effect, and how it ended: what a provider's own log shows.

The books tell what was done; this tells how often it was asked for, and what answer the client got.
Each request is a line of the log, too: the key names what it was for.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simkit.connections import ABORT, FALLS_SILENT
from simkit.database import Books
from simkit.traces import TRACEPARENT, current_trace_id, trace_id_of, trace_keys

log = structlog.get_logger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    at TEXT NOT NULL,
    took_ms INTEGER NOT NULL,
    ended TEXT NOT NULL,
    status INTEGER
);
CREATE INDEX IF NOT EXISTS requests_by_key ON requests (key);
"""
LAST = "\U0010ffff"
"""Sorts behind whatever a key may go on with."""
KEY, TRACE = b"idempotency-key", TRACEPARENT.encode()
ANSWERED, CUT, SILENT = "answered", "cut", "silent"


class Journal:
    """Journal of the requests that had an idempotency key; `ended` is answered, cut or silent."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def note(self, call: "Call", ended: str, status: int | None) -> None:
        """Enter how a request ended."""
        took_ms = round((time.monotonic() - call.began) * 1000)
        self._books.execute(
            "INSERT INTO requests (key, path, at, took_ms, ended, status) VALUES (?, ?, ?, ?, ?, ?)",
            call.key,
            call.path,
            call.at.isoformat(),
            took_ms,
            ended,
            status,
        )
        log.info(
            "request",
            idempotency_key=call.key,
            path=call.path,
            ended=ended,
            status=status,
            ms=took_ms,
            **trace_keys(call.trace_id),
        )

    def of_keys(self, beginning: str) -> list[Row]:
        """Give the requests whose key begins so, oldest first."""
        sql = "SELECT * FROM requests WHERE key >= ? AND key < ? ORDER BY seq"
        return self._books.all(sql, beginning, beginning + LAST)


class Call:
    """One request while it goes on."""

    def __init__(self, key: str, path: str, trace_id: str | None) -> None:
        self.key = key
        self.path = path
        self.trace_id = trace_id
        self.at = datetime.now(UTC)
        self.began = time.monotonic()
        self.noted = False


class Journaling:
    """ASGI middleware that enters each request that has an idempotency key, before it is answered."""

    def __init__(self, app: ASGIApp, *, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, and note how it ends."""
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        key = headers.get(KEY)
        if key is None:
            await self._app(scope, receive, send)
            return
        trace_id = trace_id_of(headers.get(TRACE, b"").decode("latin-1"))
        call = Call(key.decode("latin-1"), scope["path"], trace_id)
        inner = self._noting_loss(scope, call)
        token = current_trace_id.set(trace_id)
        try:
            await self._app(inner, receive, self._noting_answer(send, call))
        finally:
            current_trace_id.reset(token)
            scope["route"] = inner.get("route")  # for what counts requests

    def _note(self, call: Call, ended: str, status: int | None = None) -> None:
        if not call.noted:
            call.noted = True
            self._journal.note(call, ended, status)

    def _noting_answer(self, send: Send, call: Call) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(call, ANSWERED, message["status"])
            await send(message)

        return noting

    def _noting_loss(self, scope: Scope, call: Call) -> Scope:
        extensions: dict[str, Callable[[], None]] = scope["extensions"]

        def cut() -> None:
            self._note(call, CUT)
            extensions[ABORT]()

        def fall_silent() -> None:
            self._note(call, SILENT)

        noting = {ABORT: cut, FALLS_SILENT: fall_silent}
        return {**scope, "extensions": {**extensions, **noting}}


def as_json(row: Row) -> dict[str, Any]:
    """Give one request as an operator reads it."""
    return {name: row[name] for name in ("key", "path", "at", "took_ms", "ended", "status")}
