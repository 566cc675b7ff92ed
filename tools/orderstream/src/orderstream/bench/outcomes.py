"""What became of the orders that were placed: how they ended, how long each took, what else they caused."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from stack import DATABASES, System, connect

IN_TIME_S = 10.0
"""A rate is kept up with if no order is open so long after the last one was placed."""
SETTLE_S = 90.0
LOOK_EVERY_S, LOOK_SOON_S = 1.0, 0.25

ENDED = """
    SELECT order_id FROM orders WHERE order_id = ANY($1) AND final_at IS NOT NULL
"""
ENDINGS = """
    SELECT coalesce(reason, status, 'unknown') AS ending, count(*) FROM orders
    WHERE order_id = ANY($1) AND final_at IS NOT NULL GROUP BY 1
"""
TIMES = """
    SELECT extract(epoch FROM max(final_at) - min(placed_at))::float8 AS span_s,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
               ORDER BY extract(epoch FROM final_at - placed_at)::float8 * 1000)
           FILTER (WHERE status = 'completed') AS ms
    FROM orders WHERE order_id = ANY($1) AND final_at IS NOT NULL
"""
UNDONE = {
    "payment": "SELECT count(*) FROM payments WHERE order_id = ANY($1) AND status = 'voided'",
    "inventory": "SELECT count(*) FROM reservations WHERE order_id = ANY($1) AND status = 'released'",
    "shipping": "SELECT count(*) FROM shipments WHERE order_id = ANY($1) AND status = 'cancelled'",
}
MAILS = "SELECT count(*) FROM notifications WHERE order_id = ANY($1) AND status = 'sent'"
DEAD_LETTERS = "SELECT count(*) FROM dead_letters"


@dataclass(slots=True)
class OpenOrders:
    """Follows which of the orders placed have not ended; `course` is their number, look by look."""

    orders: asyncpg.Connection
    placed: Sequence[str]
    course: list[int] = field(default_factory=list)
    late: int = 0
    _open: set[str] = field(default_factory=set)
    _seen: int = 0

    async def look(self) -> int:
        """Count the open orders now."""
        self._open.update(self.placed[self._seen :])
        self._seen = len(self.placed)
        ended = await self.orders.fetch(ENDED, list(self._open))
        self._open.difference_update(row[0] for row in ended)
        return len(self._open)

    async def watch(self) -> None:
        """Note their number every second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.course.append(await self.look())

    async def settle(self) -> int:
        """Wait for the end of all; gives how many were still open when that should have been so."""
        begun, late = time.monotonic(), None
        while left := await self.look():
            waited = time.monotonic() - begun
            if late is None and waited >= IN_TIME_S:
                late = left
            if waited >= SETTLE_S:
                break
            await asyncio.sleep(LOOK_SOON_S)
        return late or 0


ENOUGH_LOOKS = 8
SOME_MORE = 1.3
"""Numbers of open orders scatter; a backlog that grows is beyond this before a run is over."""


def piles_up(course: Sequence[int], rate: float) -> bool:
    """Say whether the open orders grow while orders come, from the second quarter to the last.

    A short run cannot tell: there it is False, and the orders that are late tell.
    """
    if len(course) < ENOUGH_LOOKS:
        return False
    quarter = len(course) // 4
    early, late = course[quarter : 2 * quarter], course[-quarter:]
    return sum(late) / quarter > SOME_MORE * sum(early) / quarter + rate / 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the orders ended, and accepted to completed in milliseconds."""

    endings: Mapping[str, int]
    unfinished: int
    span_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    compensations: Mapping[str, int]
    mails: int

    @property
    def ended(self) -> int:
        """Orders that have ended, however."""
        return sum(self.endings.values())

    @property
    def per_second(self) -> float:
        """Orders a second, from the first one placed to the last one ended."""
        return self.ended / self.span_s if self.span_s else 0.0


async def sum_up(system: System, order_ids: Sequence[str], unfinished: int) -> Outcome:
    """Read from the services' tables what became of these orders."""
    orders = await _fetch(system, "order", TIMES, order_ids)
    endings = {row[0]: row[1] for row in await _fetch(system, "order", ENDINGS, order_ids)}
    undone = {
        service: (await _fetch(system, service, sql, order_ids))[0][0]
        for service, sql in UNDONE.items()
    }
    mails = await _mailed(system, order_ids, sum(endings.values()))
    p50, p95, p99 = orders[0]["ms"] or (0.0, 0.0, 0.0)
    span_s = orders[0]["span_s"] or 0.0
    return Outcome(endings, unfinished, span_s, p50, p95, p99, undone, mails)


async def count_dead_letters(system: System) -> int:
    """Count what was set aside anywhere."""
    rows = [await _fetch(system, service, DEAD_LETTERS) for service in DATABASES]
    return sum(row[0][0] for row in rows)


async def _mailed(system: System, order_ids: Sequence[str], expected: int) -> int:
    """Count the messages sent about these orders, for a while as long as some are to come."""
    deadline = time.monotonic() + IN_TIME_S
    while True:
        mails = int((await _fetch(system, "notifier", MAILS, order_ids))[0][0])
        if mails >= expected or time.monotonic() >= deadline:
            return mails
        await asyncio.sleep(LOOK_SOON_S)


async def _fetch(
    system: System, service: str, sql: str, *arguments: object
) -> list[asyncpg.Record]:
    connection = await connect(system.settings, DATABASES[service])
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()
