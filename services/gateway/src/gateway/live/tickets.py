"""Tickets: one opens one stream, once, for whoever cannot send a token with it, as browsers cannot.

They lie in the database, so a ticket bought at one gateway is good at every other, and only once.
What lies there is a digest: who reads the table cannot use what stands in it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from gateway.identity.challenges import ticket_invalid
from gateway.identity.claims import Caller
from gateway.orders.acceptance import TIMEOUT_S

LIFE_S = 30

ISSUE = """
    INSERT INTO stream_tickets (digest, path, customer_id, scopes, token_expires_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) RETURNING expires_at
"""
REDEEM = """
    DELETE FROM stream_tickets WHERE digest = $1
    RETURNING path, customer_id, scopes, token_expires_at, expires_at > now() AS valid
"""
PURGE = "DELETE FROM stream_tickets WHERE expires_at <= now()"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What goes into the query of a stream's address, and until when."""

    text: str
    expires_at: datetime


class Tickets:
    """Issues tickets and takes them back."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def issue(self, caller: Caller, path: str) -> Ticket:
        """A ticket by which this caller may open the stream at this path."""
        text = secrets.token_urlsafe(24)
        token_ends = datetime.fromtimestamp(caller.expires_at, UTC)
        scopes = sorted(caller.scopes)
        told = (_digest(text), path, caller.customer_id, scopes, token_ends, LIFE_S)
        expires_at = await self._pool.fetchval(ISSUE, *told, timeout=TIMEOUT_S)
        return Ticket(text, expires_at)

    async def redeem(self, text: str, path: str) -> Caller:
        """Who bought a ticket; whatever comes of it, it is used up.

        Raises:
            ProblemError: it is none, used, too old, or for another path.
        """
        row = await self._pool.fetchrow(REDEEM, _digest(text), timeout=TIMEOUT_S)
        if row is None or not row["valid"] or row["path"] != path:
            raise ticket_invalid()
        ends = row["token_expires_at"].timestamp()
        return Caller(row["customer_id"], frozenset(row["scopes"]), ends)

    async def purge(self) -> None:
        """Forget those that nobody used in time."""
        await self._pool.execute(PURGE)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
