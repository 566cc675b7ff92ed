"""A shared HTTP cache in front of an upstream, in memory; the least recently used responses go first.

Sources: RFC 9111 (HTTP caching), RFC 9211 (Cache-Status).
"""

import re
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx
from hishel import AsyncBaseStorage, Entry, Headers, Request, Response
from hishel.httpx import AsyncCacheTransport

MAX_BYTES = 8 * 1024 * 1024
"""Some two thousand answers; a gateway in a container has 160 MB for everything."""
NAME = "orderstream"
MAX_AGE = re.compile(r"(?:^|[\s,])(?:s-maxage|max-age)=(\d+)")


def cached(transport: httpx.AsyncBaseTransport, max_bytes: int = MAX_BYTES) -> AsyncCacheTransport:
    """Put a cache in front of a transport; each response's own fields decide what is cached.

    Without `rfc` hishel would store whatever succeeds, and give it to all.
    """
    return AsyncCacheTransport(transport, storage=StoredResponses(max_bytes), rfc=True)


def cache_status(response: httpx.Response, *, asked_to_revalidate: bool = False) -> str | None:
    """Return the Cache-Status of a response; None if no cache was asked."""
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


OVERHEAD_BYTES = 2048
"""What an answer takes beside all that is written in it, roughly."""
FIELD_BYTES = 150
"""What a header field takes beside its name and its value."""


@dataclass(slots=True)
class _Stored:
    key: str
    request: Request
    response: Response
    body: bytes

    @property
    def size(self) -> int:
        """Its size in bytes: everything that a stranger can influence is counted."""
        fields = _size(self.request.headers) + _size(self.response.headers)
        return OVERHEAD_BYTES + len(self.request.url) + fields + len(self.body)


class StoredResponses(AsyncBaseStorage):
    """Answers of `max_bytes` in all. They have no other end: whether one is fresh, the cache knows."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__()
        self._max_bytes = max_bytes
        self._bytes = 0
        self._stored: OrderedDict[uuid.UUID, _Stored] = OrderedDict()
        self._by_key: dict[str, set[uuid.UUID]] = {}

    async def create_entry(
        self,
        request: Request,
        response: Response,
        key: str,
        *,
        ttl: float | None = None,  # noqa: ARG002  # hishel's signature
        tti: float | None = None,  # noqa: ARG002  # hishel's signature
    ) -> Entry:
        """Return an entry whose stream stores the answer when it has been read to the end."""
        entry = Entry(uuid.uuid4(), request, response)
        return replace(entry, response=replace(response, stream=self._storing(entry, key)))

    async def get_entries(self, key: str) -> list[Entry]:
        """Return the answers that are stored under a key."""
        ids = list(self._by_key.get(key, ()))
        for entry_id in ids:
            self._stored.move_to_end(entry_id)
        return [self._entry(entry_id) for entry_id in ids]

    async def update_headers(self, id: uuid.UUID, headers: Headers) -> None:  # noqa: A002  # hishel's signature
        """Take over the header fields of an answer that was found to be still right."""
        if stored := self._stored.get(id):
            self._bytes -= stored.size
            stored.response = replace(stored.response, headers=headers)
            self._bytes += stored.size

    async def remove_entry(self, id: uuid.UUID) -> None:  # noqa: A002  # hishel's signature
        """Forget an answer."""
        stored = self._stored.pop(id, None)
        if stored is not None:
            self._bytes -= stored.size
            self._by_key[stored.key].discard(id)
            if not self._by_key[stored.key]:
                del self._by_key[stored.key]

    def _entry(self, entry_id: uuid.UUID) -> Entry:
        stored = self._stored[entry_id]
        return Entry(entry_id, stored.request, replace(stored.response, stream=_whole(stored.body)))

    async def _storing(self, entry: Entry, key: str) -> AsyncIterator[bytes]:
        body = bytearray()
        async for chunk in entry.response.stream or ():  # type: ignore[union-attr]  # an asynchronous one
            body += chunk
            yield chunk
        await self._store(entry, key, bytes(body))

    async def _store(self, entry: Entry, key: str, body: bytes) -> None:
        request, response = _kept(entry), replace(entry.response, stream=None)
        stored = _Stored(key, request, response, body)
        if stored.size > self._max_bytes:
            return
        for other in [one for one in self._by_key.get(key, ()) if self._is_same(one, stored)]:
            await self.remove_entry(other)
        while self._bytes + stored.size > self._max_bytes:
            await self.remove_entry(next(iter(self._stored)))
        self._stored[entry.id] = stored
        self._by_key.setdefault(key, set()).add(entry.id)
        self._bytes += stored.size

    def _is_same(self, other: uuid.UUID, stored: _Stored) -> bool:
        """Return whether an answer is to the same request: the newer one takes its place.

        hishel keeps both, and which it would give is a matter of chance. Source: RFC 9111, 4.1.
        """
        request = self._stored[other].request
        return request.method == stored.request.method and all(
            request.headers.get(name) == stored.request.headers.get(name)
            for name in _varying(stored.response)
        )


def _kept(entry: Entry) -> Request:
    """Return the request as far as its answer depends on it."""
    sent = entry.request.headers
    fields = {name: sent.get_list(name) or [] for name in _varying(entry.response) if name in sent}
    return replace(entry.request, headers=Headers(fields))


def _varying(response: Response) -> list[str]:
    """Return the fields of requests that the answer depends on."""
    names = (response.headers.get("vary") or "").split(",")
    return [name.strip().lower() for name in names if name.strip()]


def _size(headers: Headers) -> int:
    return sum(FIELD_BYTES + len(name) + len(value) for name, value in headers.items())


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
