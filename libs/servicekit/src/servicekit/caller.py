"""Calling one system outside over HTTP, many calls at a time, over connections that are kept.

These calls have no use for cookies, redirects or proxies; what comes back is bounded in time and size.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLContext

import aiohttp
import httpx
from yarl import URL

from servicekit.baggage import current_baggage
from servicekit.call_spans import answered, http_call

TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10.0, sock_read=10.0)
ANSWER_S = 15.0
"""Timeout of a whole response, however steadily it drips in."""
IDLE_S = 4.0
"""Servers close what was idle for 5 s: a request that is sent at that moment would have no answer."""
LONGEST_BODY = 256 * 1024
"""More than any answer to what is asked here has."""
UNSAID = ("Accept", "Accept-Encoding", "User-Agent")
"""Headers that aiohttp would add. Without them no answer is compressed."""
TELLING = (aiohttp.ClientConnectorError, aiohttp.ServerDisconnectedError, TimeoutError)
"""Failures whose words are not those of the other side: it may repeat what it was sent."""


class NoReplyError(Exception):
    """There was no answer in time, none at all, none that is HTTP, or no end of it."""


class TooLongError(aiohttp.ClientError):
    """An answer has more bytes than anybody wants to read; the rest stays where it is."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read to its end; the names of `headers` may be written in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether it declares uncompressed JSON: no compression was asked for."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        named = kind == "application/json" or kind.endswith("+json")
        return named and "content-encoding" not in self.headers


class Caller:
    """Client of one other system; its caller bounds how many calls are in flight."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession) -> None:
        self._base_url = base_url
        self._address = httpx.URL(base_url)
        self._session = session

    async def post(
        self, path: str, body: object, *, idempotency_key: str, template: str | None = None
    ) -> Reply:
        """Post JSON under an idempotency key and read the answer, whatever its status.

        The baggage and the trace of the work at hand go with it. `template` is a path with names in
        place of ids.

        Raises:
            NoReplyError: it is unknown what the other system did.
        """
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        if baggage := current_baggage.get():
            headers["Baggage"] = baggage
        try:
            with http_call("POST", self._address, headers, template or path) as span:
                reply = await self._send(path, _as_json(body), headers)
                answered(span, reply.status)
        except (aiohttp.ClientError, OSError) as error:
            raise NoReplyError(_words(error)) from error
        return reply

    async def _send(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            async with asyncio.timeout(ANSWER_S) as whole:
                return await self._reply(path, body, headers)
        except TimeoutError as error:
            if whole.expired():
                raise TimeoutError(f"no end within {ANSWER_S:g} s") from error
            raise

    async def _reply(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        url = URL(self._base_url + path)  # what an id may hold is quoted
        async with self._session.post(
            url, data=body, headers=headers, allow_redirects=False
        ) as response:
            found = bytearray()
            async for chunk in response.content.iter_any():
                found += chunk
                if len(found) > LONGEST_BODY:
                    raise TooLongError(f"more than {LONGEST_BODY} bytes")
            return Reply(response.status, response.headers, bytes(found))


def _as_json(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _words(error: Exception) -> str:
    """Return what may be told of a failure: the class of each, and of some what they say."""
    name = type(error).__name__
    return f"{name} {error}".strip() if isinstance(error, (*TELLING, TooLongError)) else name


@asynccontextmanager
async def open_caller(base_url: str) -> AsyncIterator[Caller]:
    """Open a caller for the system at this address, closed at the end."""
    connector = aiohttp.TCPConnector(
        limit=0, keepalive_timeout=IDLE_S, use_dns_cache=False, ssl=_certificates(base_url)
    )
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=UNSAID,
        auto_decompress=False,
    ) as session:
        yield Caller(base_url, session)


def _certificates(base_url: str) -> SSLContext | bool:
    """Return what to check certificates with: the same as all other clients have, where there are any."""
    return httpx.create_ssl_context() if base_url.startswith("https:") else True
