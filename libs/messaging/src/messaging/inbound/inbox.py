"""The inbox: an event is handled once per database, however often it is delivered."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from reading import kept_for
from servicekit import Connection
from servicekit import purge as delete_in_batches
from servicekit.broker import REQUEST_TIMEOUT_MS

log = structlog.get_logger(__name__)

MARGIN = timedelta(days=1)
"""Events are handled after they were published; and somebody may set a retention higher meanwhile."""

INSERT = """
    INSERT INTO inbox (event_id) SELECT unnest($1::uuid[])
    ON CONFLICT DO NOTHING RETURNING event_id
"""
PURGE = """
    DELETE FROM inbox WHERE event_id IN (
        SELECT event_id FROM inbox WHERE handled_at < now() - $1::interval LIMIT $2
    )
"""


async def admit(connection: Connection, event_ids: Iterable[UUID]) -> set[UUID]:
    """Note the events as handled and return those that had not been; same transaction as effects."""
    # Sorted, so that two instances that share ids wait for each other in one direction only.
    ids = sorted(set(event_ids))
    if not ids:
        return set()
    return {row[0] for row in await connection.fetch(INSERT, ids)}


class InboxRetention:
    """Purge of what an inbox keeps longer than its topics.

    The broker is asked each time, for how long they keep records is everybody's to change.
    """

    def __init__(self, pool: asyncpg.Pool, bootstrap: str, topics: Collection[str]) -> None:
        self._pool = pool
        self._bootstrap = bootstrap
        self._topics = topics
        self._keeps: timedelta | None = None

    async def purge(self) -> None:
        """Delete what is old enough; nothing while the broker does not say what that is."""
        try:
            kept = await kept_for(
                self._bootstrap, self._topics, request_timeout_ms=REQUEST_TIMEOUT_MS
            )
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("inbox_retention_unknown", error=repr(error))
            return
        if kept is None:
            return  # they never delete records, and neither does the inbox
        if kept != self._keeps:
            log.info("inbox_retention", days=round((kept + MARGIN) / timedelta(days=1), 2))
            self._keeps = kept
        await delete_in_batches(self._pool, PURGE, kept + MARGIN)
