"""Counts what each client asks of each route, and refuses what is too much."""

import time

import structlog
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from gateway.limiting.counters import Counters
from gateway.limiting.quota import Standing, quota
from gateway.problems.problem import ProblemError
from gateway.route_table import Route

log = structlog.get_logger(__name__)
ASK_AGAIN_AFTER_S = 1.0


class Limiter:
    """The limits of the route table, each times `scale`; with a scale of 0 there are none.

    While a shared Redis is away nobody is limited: that the shop can be used matters more.
    """

    def __init__(self, counters: Counters, scale: float) -> None:
        self._counters = counters
        self._window = SlidingWindowCounterRateLimiter(counters)
        self._scale = scale
        self._away_since: float | None = None
        self._asked_at = float("-inf")

    @property
    def is_away(self) -> bool:
        """Whether the counters could not be had when they were last asked for."""
        return self._away_since is not None

    async def count(self, route: Route, client: str) -> tuple[bool, Standing] | None:
        """Count a request: whether it is within the limit, and what is left; None if not limited."""
        if route.limit is None or not self._scale or not self._may_ask():
            return None
        allowed = quota(route.limit, self._scale)
        # What a client chooses comes last, so that it cannot be taken for anything else.
        place = (*route.methods, route.path, client)
        try:
            within = await self._window.hit(allowed.item, *place)
            stats = await self._window.get_window_stats(allowed.item, *place)
        except StorageError as error:
            self._note_away(error)
            return None
        self._note_back()
        return within, allowed.standing(stats)

    async def check(self) -> str | None:
        """What is wrong with the counters, for readiness."""
        return None if await self._counters.check() else "no answer: nobody is limited"

    def _may_ask(self) -> bool:
        return not self.is_away or time.monotonic() - self._asked_at > ASK_AGAIN_AFTER_S

    def _note_away(self, error: StorageError) -> None:
        self._asked_at = time.monotonic()
        if self._away_since is None:
            self._away_since = self._asked_at
            log.warning("rate limits off: no answer from Redis", error=repr(error.storage_error))

    def _note_back(self) -> None:
        if self._away_since is not None:
            seconds = round(time.monotonic() - self._away_since)
            self._away_since = None
            log.info("rate limits on again", off_for_s=seconds)


def rate_limited(standing: Standing) -> ProblemError:
    """The refusal of a request that is one too many. Source: RFC 6585, section 4."""
    item = standing.quota.item
    detail = f"More than {item.amount} requests in {item.get_expiry()} seconds."
    return ProblemError("rate_limited", detail, headers={"Retry-After": str(standing.seconds)})
