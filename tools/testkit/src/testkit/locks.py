"""The sessions that wait for a lock in a database, at the moment of each look."""

import asyncpg

WAITING = """
    SELECT count(DISTINCT pid) FROM pg_locks
    WHERE NOT granted AND pid IN (
        SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database
        WHERE datname = current_database()
    )
"""
"""Not from pg_stat_activity: to a transaction it shows the sessions that were there at its first look."""


async def waiting_for_locks(database: asyncpg.Connection | asyncpg.Pool) -> int:
    """Give how many sessions of this database wait for somebody else's lock."""
    return int(await database.fetchval(WAITING))
