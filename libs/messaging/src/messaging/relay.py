"""The relay: what is in the outbox reaches the broker, at least once.

Rows come from two sides. Right after a commit they are fed from memory, which is what makes the
system quick; and a sweep reads the table for rows that have waited too long, which is what makes
it safe: they were left by a crash, a full memory, or a broker that was away.
"""

import asyncio
from collections.abc import Sequence

import asyncpg
import structlog
from servicekit import Connection, is_connection_error

from messaging import crash_points
from messaging.outbox import OutboxRow, read_row
from messaging.patience import repeat
from messaging.publisher import Publisher
from messaging.unpublishable import set_aside

log = structlog.get_logger(__name__)

MEMORY_ROWS = 20_000
BATCH = 500
DELETE_EVERY_S = 0.1
SWEEP_EVERY_S = 0.5
STALE_AFTER_S = 2.0
"""Longer than a healthy publish takes; a row this old was probably left behind."""
LEAD_LASTS_MS = 15_000
"""A leader that asks nothing for so long hangs; the server ends its session, another may lead."""

# Any number does: advisory locks are per database and each service has its own.
LEADER_LOCK = 7_301
LEAD = "SELECT pg_try_advisory_lock($1)"
END_WHEN_IDLE = "SELECT set_config('idle_session_timeout', $1, false)"
UNLEAD = "SELECT pg_advisory_unlock_all(), set_config('idle_session_timeout', '0', false)"
READ_STALE = """
    SELECT position, topic, key, value, headers FROM outbox
    WHERE created_at < now() - make_interval(secs => $1) AND NOT position = ANY($2::bigint[])
    ORDER BY position LIMIT $3
"""
DELETE = "DELETE FROM outbox WHERE position = ANY($1::bigint[])"


class Relay:
    """Relays the outbox of one service; every instance of the service runs one.

    Two instances may publish the same row, and events of one key out of order, when a crash or a
    pause makes them overlap. Both are harmless here: listeners drop repeats by the event's id, and
    the sequence in the envelope outranks the order of arrival. What must not happen is a loss, so
    a row is deleted only once the broker has acknowledged it. What no broker will ever take is set
    aside, and stands in nobody's way.
    """

    def __init__(self, pool: asyncpg.Pool, publisher: Publisher, service: str) -> None:
        self._pool = pool
        self._service = service
        self._publisher = publisher
        self._fed: list[OutboxRow] = []
        self._arrived = asyncio.Event()
        self._in_flight: set[int] = set()
        self._acknowledged: list[int] = []

    def feed(self, rows: Sequence[OutboxRow]) -> None:
        """Take over rows that were just committed; those beyond what memory may hold wait in the table."""
        room = MEMORY_ROWS - len(self._in_flight)
        taken = rows[: max(0, room)]
        self._fed.extend(taken)
        self._in_flight.update(row.position for row in taken)
        self._arrived.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._relay_fed())
            tasks.create_task(repeat(self._delete, DELETE_EVERY_S))
            tasks.create_task(repeat(self._lead, SWEEP_EVERY_S))

    async def drain(self, timeout_s: float = 3.0) -> None:
        """On the way out: publish and delete what memory still holds. The table keeps the rest."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._publish_fed()
                await self._delete()
        except Exception as error:
            log.warning("the next start relays the rest", error=repr(error))

    async def _relay_fed(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self._publish_fed()

    async def _publish_fed(self) -> None:
        while self._fed:
            rows, self._fed = self._fed[:BATCH], self._fed[BATCH:]
            handed_over = await self._publisher.hand_over(rows)
            crash_points.reach("after-publish")
            kept = {row.position for row in handed_over.acknowledged}
            self._acknowledged.extend(kept)
            # What failed, or was refused, is the sweep's business from here on.
            self._in_flight.difference_update(
                row.position for row in rows if row.position not in kept
            )

    async def _delete(self) -> None:
        positions, self._acknowledged = self._acknowledged, []
        if not positions:
            return
        try:
            await self._pool.execute(DELETE, positions)
        except Exception:
            self._acknowledged = positions + self._acknowledged
            raise
        self._in_flight.difference_update(positions)

    async def _lead(self) -> None:
        """Sweep for as long as this connection holds the lead; without it, look again later.

        Lock, read and delete share the connection, so losing it is losing the lead.
        """
        async with self._pool.acquire() as connection:
            try:
                if not await connection.fetchval(LEAD, LEADER_LOCK):
                    return
                await connection.execute(END_WHEN_IDLE, str(LEAD_LASTS_MS))
                await self._sweep(connection)
            except BaseException:
                # The question itself, cut short, may have been answered with the lead.
                await _give_up_lead(connection)
                raise

    async def _sweep(self, connection: Connection) -> None:
        """Relay what has waited too long, until cancelled or cut off."""
        while True:
            rows = await connection.fetch(READ_STALE, STALE_AFTER_S, list(self._in_flight), BATCH)
            if rows:
                await self._relay_stale([read_row(row) for row in rows], connection)
            if len(rows) < BATCH:
                await asyncio.sleep(SWEEP_EVERY_S)

    async def _relay_stale(self, rows: Sequence[OutboxRow], connection: Connection) -> None:
        handed_over = await self._publisher.hand_over(rows)
        published, refused = handed_over.acknowledged, handed_over.refused
        log.info("relayed rows left behind", found=len(rows), relayed=len(published))
        await connection.execute(DELETE, [row.position for row in published])
        for row in rows:
            if row.position in refused:
                await set_aside(connection, self._service, row, refused[row.position])
        if len(published) + len(refused) < len(rows):
            await asyncio.sleep(SWEEP_EVERY_S)


async def _give_up_lead(connection: Connection) -> None:
    """Let another one lead; a session that was lost has lost the lead with it."""
    try:
        await connection.execute(UNLEAD)
    except Exception as error:
        if not is_connection_error(error):
            raise
