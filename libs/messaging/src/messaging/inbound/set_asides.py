"""An operator's word to a paused worker: set aside what you hold back, and go on.

Every instance that is paused when it is said does so, each once.
"""

import asyncpg
import structlog
from servicekit import run_every

from messaging.inbound.processor import Processor

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.5
ASKED = """
    SELECT id, operator, reason FROM set_asides
    WHERE requested_at > now() - make_interval(secs => $1) AND NOT id = ANY($2::bigint[])
    ORDER BY id
"""
ANSWER = "UPDATE set_asides SET workers = workers + 1, held = held + $2 WHERE id = $1"


class SetAsides:
    """Requests of operators to the workers of one service, for one of them."""

    def __init__(self, pool: asyncpg.Pool, processor: Processor) -> None:  # type: ignore[type-arg]
        self._pool = pool
        self._processor = processor
        self._done: set[int] = set()

    async def run(self) -> None:
        """Look until cancelled."""
        await run_every(self.look, LOOK_EVERY_S)

    async def look(self) -> None:
        """Do what was asked since the worker is paused."""
        open_s = self._processor.breaker.open_s
        if not open_s:
            self._done.clear()
            return
        for number, operator, reason in await self._pool.fetch(ASKED, open_s, list(self._done)):
            self._done.add(number)
            held = self._processor.let_go()
            log.warning("set_aside_requested", held=held, operator=operator, reason=reason)
            await self._pool.execute(ANSWER, number, held)
