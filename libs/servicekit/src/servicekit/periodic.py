"""Periodic background work; an unavailable database is logged, and the work retried later."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from servicekit.database_errors import is_connection_error

log = structlog.get_logger(__name__)


async def run_every(
    step: Callable[[], Awaitable[object]], every_s: float, *, idle_s: float | None = None
) -> None:
    """Run a step periodically until cancelled; an unavailable database does not end it.

    With `idle_s`, a step that gives something false has found nothing to do, and the next waits so long.

    Anything else that the step raises is unexpected and ends the process.
    """
    pause_s = every_s
    while True:
        await asyncio.sleep(pause_s)
        pause_s = every_s
        try:
            if not await step() and idle_s is not None:
                pause_s = idle_s
        except Exception as error:
            if not is_connection_error(error):
                raise
            log.warning("database_unavailable", error=repr(error))
