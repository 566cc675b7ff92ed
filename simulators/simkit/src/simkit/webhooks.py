"""Webhooks as Standard Webhooks has them: signed, and sent until somebody takes them."""

import asyncio
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from sqlite3 import Row

import httpx
import structlog
from pydantic import BaseModel, Field

from simkit.database import Books
from simkit.fault_switches import Switches
from simkit.seeded_random import fraction
from simkit.signing import Receiver
from simkit.traces import current_trace_id, trace_keys

log = structlog.get_logger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS webhooks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS webhooks_by_due ON webhooks (due);
"""
HAS_TRACE = "SELECT 1 FROM pragma_table_info('webhooks') WHERE name = 'trace_id'"
ADD_TRACE = "ALTER TABLE webhooks ADD COLUMN trace_id TEXT"
"""For books of an earlier version as well: these may hold webhooks that are still to be sent."""
ADD = "INSERT INTO webhooks (id, body, due, trace_id) VALUES (?, ?, ?, ?)"
DUE = "SELECT * FROM webhooks WHERE due <= ? ORDER BY due, seq LIMIT ?"
LOOK_EVERY_S = 0.05
MAX_IN_FLIGHT = 20
TIMEOUT_S = 5.0
RETRY_FIRST_S, RETRY_MAX_S = 0.5, 30.0


class WebhookSwitches(BaseModel):
    """How webhooks may be treated."""

    webhook_copies: int = Field(1, ge=0, description="send each webhook so many times; 0: never")
    webhook_delay_ms_max: int = Field(
        0, ge=0, description="longest wait for a webhook, ms; each has its own, so some overtake"
    )


class Webhooks:
    """Announcements, written down with what happened; without a receiver, none."""

    def __init__(
        self,
        books: Books,
        receiver: Receiver | None,
        switches: Switches[WebhookSwitches],
        seed: int,
    ) -> None:
        self._books = books
        self._receiver = receiver
        self._switches = switches
        self._seed = seed
        self._in_flight: set[int] = set()
        books.extend(SCHEMA)
        if books.one(HAS_TRACE) is None:
            books.execute(ADD_TRACE)

    def announce(self, webhook_id: str, body: str) -> None:
        """Enter a webhook, as often as the switches say; whoever calls it holds the transaction."""
        if self._receiver is None:
            return
        now = self._switches.now
        for copy in range(now.webhook_copies):
            share = fraction(self._seed, f"{webhook_id} {copy}", "webhook")
            due = time.time() + now.webhook_delay_ms_max / 1000 * share
            self._books.execute(ADD, webhook_id, body, due, current_trace_id.get())

    async def run(self) -> None:
        """Send what is due, a few at a time, until cancelled."""
        if self._receiver is None:
            return
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, cookies=_no_cookies()) as http,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                for row in self._books.all(DUE, time.time(), MAX_IN_FLIGHT):
                    if row["seq"] not in self._in_flight:
                        self._in_flight.add(row["seq"])
                        tasks.create_task(self._send(http, self._receiver, row))
                await asyncio.sleep(LOOK_EVERY_S)

    async def _send(self, http: httpx.AsyncClient, receiver: Receiver, row: Row) -> None:
        try:
            problem = await _try(http, receiver, row["id"], row["body"])
            if problem is None:
                self._books.execute("DELETE FROM webhooks WHERE seq = ?", row["seq"])
                return
            delay = min(RETRY_MAX_S, RETRY_FIRST_S * 2 ** row["attempts"])
            log.warning(
                "webhook_postponed",
                webhook_id=row["id"],
                tries=row["attempts"] + 1,
                error=problem,
                delay_s=delay,
                **trace_keys(row["trace_id"]),
            )
            self._books.execute(
                "UPDATE webhooks SET attempts = attempts + 1, due = ? WHERE seq = ?",
                time.time() + delay,
                row["seq"],
            )
        finally:
            self._in_flight.discard(row["seq"])


def _no_cookies() -> CookieJar:
    """Make a cookie jar that takes nothing in: a webhook's receiver is no browser session."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


async def _try(
    http: httpx.AsyncClient, receiver: Receiver, webhook_id: str, body: str
) -> str | None:
    """Send a webhook once; gives None if it was taken, or why it was not."""
    timestamp = int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": receiver.signature(webhook_id, timestamp, body),
    }
    try:
        answer = await http.post(receiver.url, content=body, headers=headers)
    except httpx.HTTPError as error:
        return repr(error)
    return None if answer.is_success else f"answered {answer.status_code}"
