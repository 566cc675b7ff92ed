"""How long the inbox remembers: longer than anything it was told of can be heard again."""

from collections.abc import Collection
from datetime import timedelta

import asyncpg
import structlog
from aiokafka.errors import KafkaError
from reading import kept_for
from servicekit.broker import REQUEST_TIMEOUT_MS

from messaging import inbox
from messaging.purging import purge

log = structlog.get_logger(__name__)

MARGIN = timedelta(days=1)
"""Events are handled after they were published; and somebody may set a retention higher meanwhile."""


class Forgetting:
    """Purges an inbox of what its topics cannot hold any more.

    The broker is asked each time, for how long they keep records is everybody's to change.
    """

    def __init__(self, pool: asyncpg.Pool, bootstrap: str, topics: Collection[str]) -> None:
        self._pool = pool
        self._bootstrap = bootstrap
        self._topics = topics
        self._keeps: timedelta | None = None

    async def purge(self) -> None:
        """Forget what is old enough; nothing while the broker does not say what that is."""
        try:
            kept = await kept_for(
                self._bootstrap, self._topics, request_timeout_ms=REQUEST_TIMEOUT_MS
            )
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("nothing is forgotten: how long topics keep is unknown", error=repr(error))
            return
        if kept is None:
            return  # they keep records for ever, and so does the inbox
        if kept != self._keeps:
            log.info("the inbox remembers", days=round((kept + MARGIN) / timedelta(days=1), 2))
            self._keeps = kept
        await purge(self._pool, inbox.PURGE, kept + MARGIN)
