"""Gives a client the answer of an upstream, as a gateway does (RFC 9110, 3.7 and 7.6)."""

import re

import httpx
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.card_numbers import looks_like_card
from gateway.http.fields import is_known, whole
from gateway.routes import route_of
from gateway.upstreams.caching import cache_status
from gateway.upstreams.forwarded_headers import end_to_end
from gateway.upstreams.upstream import Fields, Upstream

HANDED_ON = ("accept", "accept-language", "cache-control", "pragma")
"""What an upstream, or the cache in front of it, has a use for. Whatever else a stranger sends ends here."""
PLAIN = re.compile(r"[\x20-\x7e\t]{1,500}")
"""A value that says what those fields can say; another one counts as none."""
NOT_GIVEN = frozenset({"content-length", "date", "server", "set-cookie"})
"""The gateway's own server writes the first three; a cookie must not go to several clients."""


async def ask(request: Request, upstream: Upstream, path: str, query: Fields) -> httpx.Response:
    """Ask an upstream on behalf of a client, of whose fields go with it those that are `HANDED_ON`.

    Raises:
        ProblemError: no instance answers, or none in the time that the route allows.
    """
    return await upstream.get(path, query, handed_on(request.headers))


def handed_on(headers: Headers) -> dict[str, str]:
    """Return the fields of a client's request that go on to an upstream.

    Those that its Connection field names are of the connection alone (RFC 9110, 7.6.1).
    """
    sent = {name: ", ".join(headers.getlist(name)) for name in HANDED_ON if name in headers}
    plain = {name: value for name, value in sent.items() if _is_plain(value)}
    return end_to_end(httpx.Headers({**plain, **_connection(headers)}))


def _is_plain(value: str) -> bool:
    return PLAIN.fullmatch(value) is not None and not looks_like_card(value)


def _connection(headers: Headers) -> dict[str, str]:
    names = ",".join(headers.getlist("connection"))
    return {"connection": names} if names.isascii() else {}


def give(request: Request, answer: httpx.Response) -> Response:
    """Return the upstream's answer for the client; without its body if the client has it."""
    headers = {
        name: value for name, value in end_to_end(answer.headers).items() if name not in NOT_GIVEN
    }
    if cache := route_of(request.scope).cache:
        headers["cache-control"] = cache
    asked_to_revalidate = "no-cache" in whole(request.headers, "cache-control")
    if status := cache_status(answer, asked_to_revalidate=asked_to_revalidate):
        headers["cache-status"] = status
    if is_known(request.headers, headers.get("etag")):
        headers.pop("content-type", None)
        return Response(status_code=304, headers=headers)
    return Response(answer.content, status_code=answer.status_code, headers=headers)
