"""The relay: what is in the outbox reaches the broker, at least once.

Rows come from two sides. Right after a commit they are fed from memory, which is what makes the
system quick; and a sweep reads the table for rows that have waited too long, which is what makes
it safe: they were left by a crash, a full memory, or an unavailable broker.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog
from fault_injection import crash_points
from servicekit import Connection, is_connection_error, run_every

from messaging.outbound.outbox import OutboxRow, read_row
from messaging.outbound.publisher import Publisher
from messaging.outbound.spans import hand_over

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

SetAside = Callable[[Connection, OutboxRow, str], Awaitable[None]]
"""Takes a row out of the outbox that no broker will ever take, with the reason."""


class Relay:
    """Relay of one service's outbox; every instance of the service runs one.

    Two instances may publish the same row, and events of one key out of order, when a crash or a
    pause makes them overlap. Both are harmless here: listeners drop repeats by the event's id, and
    the sequence in the envelope outranks the order of arrival. What must not happen is a loss, so
    a row is deleted only once the broker has acknowledged it. What no broker will ever take goes
    to `set_aside`, so that it holds up nothing else. `leads` says whether this is the instance that
    sweeps.
    """

    def __init__(self, pool: asyncpg.Pool, publisher: Publisher, set_aside: SetAside) -> None:
        self._pool = pool
        self._set_aside = set_aside
        self._publisher = publisher
        self._fed: list[OutboxRow] = []
        self._arrived = asyncio.Event()
        self._in_flight: set[int] = set()
        self._acknowledged: list[int] = []
        self.leads = False

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
            tasks.create_task(run_every(self._delete, DELETE_EVERY_S))
            tasks.create_task(run_every(self._lead, SWEEP_EVERY_S))

    async def drain(self, timeout_s: float = 3.0) -> None:
        """Publish and delete what memory still holds, at shutdown. The table keeps the rest."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._publish_fed()
                await self._delete()
        except Exception as error:
            log.warning("relay_drain_incomplete", error=repr(error))

    async def _relay_fed(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self._publish_fed()

    async def _publish_fed(self) -> None:
        while self._fed:
            rows, self._fed = self._fed[:BATCH], self._fed[BATCH:]
            handed_over = await hand_over(self._publisher, rows)
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
                self.leads = True
                await self._sweep(connection)
            except BaseException:
                # The question itself, cut short, may have been answered with the lead.
                await _give_up_lead(connection)
                raise
            finally:
                self.leads = False

    async def _sweep(self, connection: Connection) -> None:
        """Relay what has waited too long, until cancelled or cut off."""
        while True:
            rows = await connection.fetch(READ_STALE, STALE_AFTER_S, list(self._in_flight), BATCH)
            if rows:
                await self._relay_stale([read_row(row) for row in rows], connection)
            if len(rows) < BATCH:
                await asyncio.sleep(SWEEP_EVERY_S)

    async def _relay_stale(self, rows: Sequence[OutboxRow], connection: Connection) -> None:
        handed_over = await hand_over(self._publisher, rows, swept=True)
        published, refused = handed_over.acknowledged, handed_over.refused
        log.info("outbox_swept", found=len(rows), relayed=len(published))
        await connection.execute(DELETE, [row.position for row in published])
        for row in rows:
            if row.position in refused:
                await self._set_aside(connection, row, refused[row.position])
        if len(published) + len(refused) < len(rows):
            await asyncio.sleep(SWEEP_EVERY_S)


async def _give_up_lead(connection: Connection) -> None:
    """Let another one lead; a session that was lost has lost the lead with it."""
    try:
        await connection.execute(UNLEAD)
    except Exception as error:
        if not is_connection_error(error):
            raise
