"""Webhooks as Standard Webhooks has them: signed, and sent until somebody takes them."""

import asyncio
import time
from contextlib import suppress
from sqlite3 import Row

import aiohttp
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
NEXT = "SELECT MIN(due) FROM webhooks WHERE due > ?"
GATHER_S = 0.02
"""Shortest time between two looks at what is due: many webhooks are found with one."""
MAX_IN_FLIGHT = 20
TIMEOUT_S = 5.0
IDLE_S = 4.0
"""Servers close what was idle for 5 s: a webhook that is sent at that moment would be lost."""
SUCCESS = range(200, 300)
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
        self._changed = asyncio.Event()
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
        self._changed.set()

    async def run(self) -> None:
        """Send what is due, a few at a time, until cancelled."""
        if self._receiver is None:
            return
        async with (
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
                connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            ) as http,
            asyncio.TaskGroup() as tasks,
        ):
            while True:
                self._changed.clear()
                now = time.time()
                for row in self._books.all(DUE, now, MAX_IN_FLIGHT):
                    if row["seq"] not in self._in_flight:
                        self._in_flight.add(row["seq"])
                        tasks.create_task(self._send(http, self._receiver, row))
                await self._change(now)

    async def _change(self, since: float) -> None:
        """Wait until something is announced, was sent, or is due that was not at `since`."""
        found = self._books.one(NEXT, since)
        due = found[0] if found else None
        with suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else max(0.0, due - time.time())):
                await self._changed.wait()
        await asyncio.sleep(GATHER_S)

    async def _send(self, http: aiohttp.ClientSession, receiver: Receiver, row: Row) -> None:
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
            self._changed.set()


async def _try(
    http: aiohttp.ClientSession, receiver: Receiver, webhook_id: str, body: str
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
        async with http.post(
            receiver.url, data=body.encode(), headers=headers, allow_redirects=False
        ) as answer:
            await answer.read()
    except (aiohttp.ClientError, OSError) as error:
        return f"{type(error).__name__} {error}".strip()
    return None if answer.status in SUCCESS else f"answered {answer.status}"
