"""Idempotency keys as Stripe has them: one key, one effect, the same answer however often asked."""

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel

from simkit.answers import Answer, Refused
from simkit.database import Books

SCHEMA = """
CREATE TABLE IF NOT EXISTS answered (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
) WITHOUT ROWID;
"""
SERVER_ERROR = 500


class KeyReused(Exception):  # noqa: N818 - the client's mistake, told as an answer
    """The key was used before, for another request."""


class KeyInUse(Exception):  # noqa: N818 - the client's mistake, told as an answer
    """A request with this key is being worked on at this moment."""


def fingerprint(path: str, parameters: BaseModel) -> str:
    """Tell requests apart by what they ask for, not by how their JSON is spaced or ordered."""
    text = f"{path} {parameters.model_dump_json()}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class IdempotencyKeys:
    """Answers by idempotency key, stored in the transaction that has the effect."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._in_flight: set[str] = set()
        books.extend(SCHEMA)

    async def once(
        self,
        key: str | None,
        request: str,
        *,
        wait: Callable[[], Awaitable[None]],
        effect: Callable[[], Answer],
    ) -> Answer:
        """Wait as long as the world takes, then have the effect once and answer.

        Answers from 500 on are not remembered: the request may be tried again under its key.

        Raises:
            KeyReused: the key belongs to another request.
            KeyInUse: the same key is being worked on.
        """
        with self._claimed(key):
            if key is not None and (known := self._recall(key, request)):
                return known
            await wait()
            with self._books.transaction():
                try:
                    answer = effect()
                except Refused as refused:
                    answer = refused.answer
                if key is not None and answer.status < SERVER_ERROR:
                    self._remember(key, request, answer)
            return answer

    @contextmanager
    def _claimed(self, key: str | None) -> Iterator[None]:
        if key is None:
            yield
            return
        if key in self._in_flight:
            raise KeyInUse
        self._in_flight.add(key)
        try:
            yield
        finally:
            self._in_flight.discard(key)

    def _recall(self, key: str, request: str) -> Answer | None:
        row = self._books.one("SELECT request, status, body FROM answered WHERE key = ?", key)
        if row is None:
            return None
        if row["request"] != request:
            raise KeyReused
        return Answer(row["status"], json.loads(row["body"]), replayed=True)

    def _remember(self, key: str, request: str, answer: Answer) -> None:
        self._books.execute(
            "INSERT INTO answered VALUES (?, ?, ?, ?)",
            key,
            request,
            answer.status,
            json.dumps(answer.body),
        )
