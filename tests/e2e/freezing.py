"""Services that stand still for a moment, each at the step that a test is about.

A lock makes a service wait where it is: its processes run, its relay publishes, its group keeps its
partitions, and all of it goes on as soon as the lock is given back.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from stack import System, connect

HEARS_NOTHING = "LOCK TABLE inbox IN EXCLUSIVE MODE"
TAKES_NOTHING_FROM_THE_SHELF = "LOCK TABLE products IN EXCLUSIVE MODE"


@asynccontextmanager
async def frozen(system: System, locks: dict[str, str]) -> AsyncIterator[None]:
    """Hold these locks, by database, for as long as the block lasts: a few seconds at most."""
    async with AsyncExitStack() as held:
        for database, lock in locks.items():
            connection = await connect(system.settings, database)
            held.push_async_callback(connection.close)
            await held.enter_async_context(connection.transaction())
            await connection.execute(lock)
        yield
