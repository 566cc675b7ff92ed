"""The one kind of HTTP client that the tools have, and its retries while the server is busy or unavailable."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from client.refusals import NoAnswerError, refusal


def open_http(**options: Any) -> httpx.AsyncClient:
    """Open an httpx client with these options that uses no proxy and keeps no cookies."""
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(trust_env=False, cookies=cookies, **options)


AGAIN = frozenset({429, 500, 502, 503, 504})
CONFLICT, STILL_RUNS = 409, "idempotency_key_in_use"
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0

Send = Callable[[], Awaitable[httpx.Response]]


async def persist(send: Send, seconds: float) -> tuple[httpx.Response, int]:
    """Send until there is an answer that further tries would not change; gives it and their number.

    The server's Retry-After is honoured; without one the pauses grow. Sending twice must do no
    harm: that is the business of the caller, by an idempotency key for instance.

    Raises:
        NoAnswerError: there was none within these seconds.
    """
    deadline = time.monotonic() + seconds
    pause, tries = FIRST_PAUSE_S, 0
    while True:
        tries += 1
        asked_to_wait: float | None = None
        try:
            response = await send()
        except httpx.TransportError as error:
            reason = f"{type(error).__name__} {error}".strip()
        else:
            if not _may_pass(response):
                return response, tries
            reason = str(refusal(response))
            asked_to_wait = retry_after(response)
        wait = pause if asked_to_wait is None else asked_to_wait
        if time.monotonic() + wait > deadline:
            raise NoAnswerError(
                f"no answer in {tries} {'try' if tries == 1 else 'tries'}: {reason}"
            )
        await asyncio.sleep(wait)
        pause = min(LONGEST_PAUSE_S, pause * 2)


def _may_pass(response: httpx.Response) -> bool:
    """Return whether the same request may do better later, as when an earlier try of it still runs."""
    if response.status_code == CONFLICT:
        return refusal(response).code == STILL_RUNS
    return response.status_code in AGAIN


def retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that a server asks to wait (RFC 9110, 10.2.3); None if it names none."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
