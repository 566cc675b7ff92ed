"""Hooks: each with the secrets that it believes, the answers that it gives, and what it was sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

import structlog
from simkit import TRACEPARENT, Books, trace_id_of, trace_keys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

log = structlog.get_logger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS hooks (
    name TEXT PRIMARY KEY,
    secrets TEXT NOT NULL,
    answers TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrivals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    hook TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    verified INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS arrivals_by_hook ON arrivals (hook, seq);
"""
TAKEN, NOT_SIGNED = 204, 401


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook as it came, the same one as often as it was sent."""

    webhook_id: str
    verified: bool
    answered: int
    body: Any

    def as_document(self) -> dict[str, Any]:
        """Return what is shown of it."""
        return {
            "webhook_id": self.webhook_id,
            "verified": self.verified,
            "answered": self.answered,
            "body": self.body,
        }


class Hooks:
    """Every hook, kept in the books."""

    def __init__(self, books: Books) -> None:
        self._books = books
        books.extend(SCHEMA)

    def put(self, name: str, secrets: Sequence[str], answers: Sequence[int]) -> None:
        """Make a hook, or give it other secrets and answers; what it was sent stays."""
        self._books.execute(
            "INSERT INTO hooks VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
            " SET secrets = excluded.secrets, answers = excluded.answers",
            name,
            json.dumps(list(secrets)),
            json.dumps(list(answers)),
        )

    def take(self, name: str, headers: Mapping[str, str], body: bytes) -> int | None:
        """Write down a webhook and say with which status to answer; None if there is no such hook.

        One that is not signed with a known secret is answered with 401; the others with what is
        left of the hook's answers, one after the other, then with 204.
        """
        webhook_id = headers.get("webhook-id", "")
        with self._books.transaction():
            hook = self._books.one("SELECT * FROM hooks WHERE name = ?", name)
            if hook is None:
                return None
            secrets, answers = json.loads(hook["secrets"]), json.loads(hook["answers"])
            verified = any(_signed_with(secret, headers, body) for secret in secrets)
            answer = (answers.pop(0) if answers else TAKEN) if verified else NOT_SIGNED
            self._books.execute(
                "UPDATE hooks SET answers = ? WHERE name = ?", json.dumps(answers), name
            )
            self._books.execute(
                "INSERT INTO arrivals (hook, webhook_id, verified, answered, body)"
                " VALUES (?, ?, ?, ?, ?)",
                name,
                webhook_id,
                verified,
                answer,
                body.decode(errors="replace"),
            )
        trace = trace_keys(trace_id_of(headers.get(TRACEPARENT)))
        log.info("webhook_taken", hook=name, webhook_id=webhook_id, status=answer, **trace)
        return answer

    def arrivals(self, name: str) -> list[Arrival] | None:
        """Return what came, in the order in which it came; None if there is no such hook."""
        if self._books.one("SELECT 1 FROM hooks WHERE name = ?", name) is None:
            return None
        rows = self._books.all("SELECT * FROM arrivals WHERE hook = ? ORDER BY seq", name)
        return [_arrival(row) for row in rows]

    def clear(self) -> None:
        """Forget all hooks and what they were sent."""
        self._books.clear()


def _signed_with(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # ValueError: no text, or no signature at all
        return False
    return True


def _arrival(row: Row) -> Arrival:
    try:
        body = json.loads(row["body"])
    except ValueError:
        body = row["body"]
    return Arrival(row["webhook_id"], bool(row["verified"]), row["answered"], body)
