"""How much a client may ask of one route, and how much of that is left.

Source: draft-ietf-httpapi-ratelimit-headers-11.
"""

import math
import time
from dataclasses import dataclass
from functools import cache

from limits import RateLimitItem, WindowStats, parse

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests of one client within a window that slides along; `policy` is its header."""

    item: RateLimitItem
    policy: bytes

    def standing(self, stats: WindowStats) -> "Standing":
        """What is left of it."""
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return Standing(self, stats.remaining, seconds)


@dataclass(frozen=True, slots=True)
class Standing:
    """`remaining` requests are left; in `seconds` it will be more."""

    quota: Quota
    remaining: int
    seconds: int

    def headers(self) -> Headers:
        """What the answer says of it."""
        left = f'"default";r={self.remaining};t={self.seconds}'
        return (b"ratelimit-policy", self.quota.policy), (b"ratelimit", left.encode())


@cache
def quota(limit: str, scale: float) -> Quota:
    """The quota that a limit such as `600/minute` stands for, times `scale`; at least one request."""
    written = parse(limit)
    item = type(written)(max(1, round(written.amount * scale)), written.multiples)
    return Quota(item, f'"default";q={item.amount};w={item.get_expiry()}'.encode())
