"""A shared HTTP cache in front of an upstream, by the rules, and what it says of each answer.

Sources: RFC 9111 (HTTP caching), RFC 9211 (Cache-Status).
"""

import re

import httpx
from hishel.httpx import AsyncCacheTransport

from gateway.upstreams.stored_responses import StoredResponses

MAX_BYTES = 32 * 1024 * 1024
NAME = "orderstream"
MAX_AGE = re.compile(r"(?:^|[\s,])(?:s-maxage|max-age)=(\d+)")


def cached(transport: httpx.AsyncBaseTransport, max_bytes: int = MAX_BYTES) -> AsyncCacheTransport:
    """A cache in front of a transport; what it does with an answer, the answer's own fields say.

    Without `rfc` hishel would store whatever succeeds, and give it to everybody.
    """
    return AsyncCacheTransport(transport, storage=StoredResponses(max_bytes), rfc=True)


def cache_status(response: httpx.Response, *, asked_to_revalidate: bool = False) -> str | None:
    """The Cache-Status of an answer; None if no cache was asked."""
    did = response.extensions.get("caching")
    if did is None:
        return None
    if did["from_cache"] and not did["revalidated"]:
        return f"{NAME}; hit; ttl={_seconds_left(response)}"
    reason = "request" if asked_to_revalidate else _why_forwarded(response)
    status = f"; fwd-status={304 if did['from_cache'] else response.status_code}"
    stored = "; stored" if did["stored"] or did["from_cache"] else ""
    return f"{NAME}; fwd={reason}{status}{stored}"


def _why_forwarded(response: httpx.Response) -> str:
    if not response.extensions["caching"]["revalidated"]:
        return "uri-miss"
    # It was kept for somebody who asks otherwise, or too long ago: hishel does not say which.
    return "miss" if "vary" in response.headers else "stale"


def _seconds_left(response: httpx.Response) -> int:
    lifetime = MAX_AGE.search(response.headers.get("cache-control", ""))
    age = response.headers.get("age", "0")
    return (int(lifetime[1]) if lifetime else 0) - (int(age) if age.isdecimal() else 0)
