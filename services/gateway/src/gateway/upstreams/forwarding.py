"""Gives a client the answer of an upstream, as a gateway does (RFC 9110, 3.7 and 7.6)."""

import httpx
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.conditional import is_known
from gateway.route_table import route_of
from gateway.upstreams.caching import cache_status
from gateway.upstreams.hop import end_to_end
from gateway.upstreams.upstream import Fields, Upstream

NOT_FORWARDED = frozenset({
    "host", "content-length", "content-type", "expect", "accept-encoding",
    # Whoever asks is no business of an upstream whose answers are for everybody.
    "authorization", "cookie",
    # The gateway is the edge: it says these things itself.
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via",
    "x-request-id", "traceparent", "tracestate", "baggage",
    # Conditions are about the gateway's answer, and it holds them against that.
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range",
})  # fmt: skip
NOT_GIVEN = frozenset({"content-length", "date", "server", "set-cookie"})
"""The gateway's own server writes the first three; nobody gets a cookie that others get too."""


async def ask(request: Request, upstream: Upstream, path: str, query: Fields) -> httpx.Response:
    """Ask an upstream on behalf of a client, whose end-to-end fields go with it.

    Raises:
        ProblemError: no instance answers, or none in the time that the route allows.
    """
    headers = end_to_end(httpx.Headers(request.headers.raw))
    passed = {name: value for name, value in headers.items() if name not in NOT_FORWARDED}
    return await upstream.get(path, query, passed)


def give(request: Request, answer: httpx.Response) -> Response:
    """The upstream's answer for the client; without its body if the client has it."""
    headers = {
        name: value for name, value in end_to_end(answer.headers).items() if name not in NOT_GIVEN
    }
    if cache := route_of(request.scope).cache:
        headers["cache-control"] = cache
    asked_to_revalidate = "no-cache" in request.headers.get("cache-control", "")
    if status := cache_status(answer, asked_to_revalidate=asked_to_revalidate):
        headers["cache-status"] = status
    if is_known(request.headers, headers.get("etag")):
        headers.pop("content-type", None)
        return Response(status_code=304, headers=headers)
    return Response(answer.content, status_code=answer.status_code, headers=headers)
