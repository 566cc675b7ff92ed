"""Where the cache keeps answers: in memory, the least recently used go first."""

import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from hishel import AsyncBaseStorage, Entry, Headers, Request, Response

OVERHEAD_BYTES = 2048
"""What an answer takes beside its body, roughly."""


@dataclass(slots=True)
class _Stored:
    key: str
    request: Request
    response: Response
    body: bytes


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
        """An entry whose stream stores the answer when it has been read to the end."""
        entry = Entry(uuid.uuid4(), request, response)
        return replace(entry, response=replace(response, stream=self._storing(entry, key)))

    async def get_entries(self, key: str) -> list[Entry]:
        """The answers that are stored under a key."""
        ids = list(self._by_key.get(key, ()))
        for entry_id in ids:
            self._stored.move_to_end(entry_id)
        return [self._entry(entry_id) for entry_id in ids]

    async def update_headers(self, id: uuid.UUID, headers: Headers) -> None:  # noqa: A002  # hishel's signature
        """Take over the header fields of an answer that was found to be still right."""
        if stored := self._stored.get(id):
            stored.response = replace(stored.response, headers=headers)

    async def remove_entry(self, id: uuid.UUID) -> None:  # noqa: A002  # hishel's signature
        """Forget an answer."""
        stored = self._stored.pop(id, None)
        if stored is not None:
            self._bytes -= _size(stored.body)
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

    def _is_same(self, stored: uuid.UUID, entry: Entry) -> bool:
        """Whether an answer is to the same request: the newer one takes its place.

        hishel keeps both, and which it would give is a matter of chance. Source: RFC 9111, 4.1.
        """
        request = self._stored[stored].request
        vary = entry.response.headers.get("vary") or ""
        fields = [name.strip() for name in vary.split(",") if name.strip()]
        return request.method == entry.request.method and all(
            request.headers.get(name) == entry.request.headers.get(name) for name in fields
        )

    async def _store(self, entry: Entry, key: str, body: bytes) -> None:
        if _size(body) > self._max_bytes:
            return
        while self._bytes + _size(body) > self._max_bytes:
            await self.remove_entry(next(iter(self._stored)))
        for other in [one for one in self._by_key.get(key, ()) if self._is_same(one, entry)]:
            await self.remove_entry(other)
        response = replace(entry.response, stream=None)
        self._stored[entry.id] = _Stored(key, entry.request, response, body)
        self._by_key.setdefault(key, set()).add(entry.id)
        self._bytes += _size(body)


def _size(body: bytes) -> int:
    return len(body) + OVERHEAD_BYTES


async def _whole(body: bytes) -> AsyncIterator[bytes]:
    yield body
