"""Counts what each client asks of each route, and refuses what is too much."""

import math
import time
from dataclasses import dataclass
from functools import cache

import structlog
from limits import RateLimitItem, WindowStats, parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from gateway.problems.problem import ProblemError
from gateway.rate_limiting.counters import Counters
from gateway.routes import Route

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """The allowed requests of one client within a sliding window; `policy` is its header."""

    item: RateLimitItem
    policy: bytes

    def status(self, stats: WindowStats) -> "RateLimitStatus":
        """Return what is left of it."""
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return RateLimitStatus(self, stats.remaining, seconds)


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """`remaining` requests are left; in `seconds` it will be more."""

    quota: Quota
    remaining: int
    seconds: int

    def headers(self) -> Headers:
        """Return the response headers about it."""
        left = f'"default";r={self.remaining};t={self.seconds}'
        return (b"ratelimit-policy", self.quota.policy), (b"ratelimit", left.encode())


@cache
def quota(limit: str, scale: float) -> Quota:
    """Return the quota that a limit such as `600/minute` stands for, times `scale`; at least one request."""
    written = parse(limit)
    item = type(written)(max(1, round(written.amount * scale)), written.multiples)
    return Quota(item, f'"default";q={item.amount};w={item.get_expiry()}'.encode())


log = structlog.get_logger(__name__)
RETRY_AFTER_S = 1.0


class Limiter:
    """The limits of the route table, each times `scale`; with a scale of 0 there are none.

    While a shared Redis is unavailable there is no limit: availability of the shop matters more.
    """

    def __init__(self, counters: Counters, scale: float) -> None:
        self._counters = counters
        self._window = SlidingWindowCounterRateLimiter(counters)
        self._scale = scale
        self._unavailable_since: float | None = None
        self._asked_at = float("-inf")

    @property
    def is_unavailable(self) -> bool:
        """Whether the counters could not be had when they were last asked for."""
        return self._unavailable_since is not None

    async def count(self, route: Route, client: str) -> tuple[bool, RateLimitStatus] | None:
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
            self._note_unavailable(error)
            return None
        self._note_available()
        return within, allowed.status(stats)

    async def check(self) -> str | None:
        """Return what is wrong with the counters, for readiness."""
        return None if await self._counters.check() else "no answer: nobody is limited"

    def _may_ask(self) -> bool:
        return not self.is_unavailable or time.monotonic() - self._asked_at > RETRY_AFTER_S

    def _note_unavailable(self, error: StorageError) -> None:
        self._asked_at = time.monotonic()
        if self._unavailable_since is None:
            self._unavailable_since = self._asked_at
            log.warning("rate_limits_suspended", error=repr(error.storage_error))

    def _note_available(self) -> None:
        if self._unavailable_since is not None:
            seconds = round(time.monotonic() - self._unavailable_since)
            self._unavailable_since = None
            log.info("rate_limits_resumed", off_for_s=seconds)


def rate_limited(status: RateLimitStatus) -> ProblemError:
    """Return the refusal of a request that is one too many. Source: RFC 6585, section 4."""
    item = status.quota.item
    detail = f"More than {item.amount} requests in {item.get_expiry()} seconds."
    return ProblemError("rate_limited", detail, headers={"Retry-After": str(status.seconds)})
