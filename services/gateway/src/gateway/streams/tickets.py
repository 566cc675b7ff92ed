"""Tickets: each opens one stream, once, for clients that cannot send a token, such as browsers.

They are stored in the database, so a ticket bought at one gateway is good at every other, and only once.
Only a digest is stored: reading the table gives no valid ticket.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from gateway.auth.claims import Caller, ticket_invalid
from gateway.database import TIMEOUT_S

LIFE_S = 30

ISSUE = """
    INSERT INTO stream_tickets (digest, path, customer_id, scopes, token_expires_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6)) RETURNING expires_at
"""
REDEEM = """
    DELETE FROM stream_tickets WHERE digest = $1
    RETURNING path, customer_id, scopes, token_expires_at, expires_at > now() AS valid
"""
LOOK_AT = """
    SELECT path, customer_id, scopes, token_expires_at, expires_at > now() AS valid
    FROM stream_tickets WHERE digest = $1
"""
PURGE = "DELETE FROM stream_tickets WHERE expires_at <= now()"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Ticket for the query of a stream's address, and its expiry."""

    text: str
    expires_at: datetime


class Tickets:
    """Tickets: issued, and taken back once."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def issue(self, caller: Caller, path: str) -> Ticket:
        """Issue a ticket by which this caller may open the stream at this path."""
        text = secrets.token_urlsafe(24)
        token_ends = datetime.fromtimestamp(caller.expires_at, UTC)
        scopes = sorted(caller.scopes)
        told = (_digest(text), path, caller.customer_id, scopes, token_ends, LIFE_S)
        expires_at = await self._pool.fetchval(ISSUE, *told, timeout=TIMEOUT_S)
        return Ticket(text, expires_at)

    async def redeem(self, text: str, path: str) -> Caller:
        """Redeem a ticket and return its buyer; a ticket is used up by any attempt.

        Raises:
            ProblemError: it is none, used, too old, or for another path.
        """
        return await self._holder(REDEEM, text, path)

    async def look_at(self, text: str, path: str) -> Caller:
        """Return who bought a ticket, without using it up.

        Raises:
            ProblemError: as for `redeem`.
        """
        return await self._holder(LOOK_AT, text, path)

    async def purge(self) -> None:
        """Delete those that were not used in time."""
        await self._pool.execute(PURGE)

    async def _holder(self, statement: str, text: str, path: str) -> Caller:
        row = await self._pool.fetchrow(statement, _digest(text), timeout=TIMEOUT_S)
        if row is None or not row["valid"] or row["path"] != path:
            raise ticket_invalid()
        ends = row["token_expires_at"].timestamp()
        return Caller(row["customer_id"], frozenset(row["scopes"]), ends)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
