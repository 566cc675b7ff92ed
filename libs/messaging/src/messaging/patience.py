"""How background work meets a database that is away: it says so, and comes back later."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from servicekit import is_connection_error

log = structlog.get_logger(__name__)


async def repeat(step: Callable[[], Awaitable[object]], every_s: float) -> None:
    """Run a step again and again until cancelled, going on when the database is away.

    Anything else that the step raises is unexpected and ends the process.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            await step()
        except Exception as error:
            if not is_connection_error(error):
                raise
            log.warning("database away, trying again", error=repr(error))
