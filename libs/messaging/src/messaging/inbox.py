"""The inbox: an event is handled once per database, however often it is delivered."""

from collections.abc import Iterable
from uuid import UUID

from servicekit import Connection

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
