"""Deleting what is long past, a few thousand rows at a time: no statement takes long or locks much."""

import asyncpg

from servicekit.database import Connection

BATCH = 5_000


async def purge(database: asyncpg.Pool | Connection, batch: str, *arguments: object) -> None:
    """Run a statement that deletes as many rows as its last parameter says, until it finds fewer."""
    full = f"DELETE {BATCH}"
    while await database.execute(batch, *arguments, BATCH) == full:
        continue
