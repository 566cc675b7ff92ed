"""An httpx transport over all instances of an upstream: it chooses one, and another if that fails."""

import asyncio
from collections.abc import Sequence

import httpx
from servicekit.call_spans import answered, http_call

from gateway.upstreams.breaker import RetryBudget
from gateway.upstreams.pool import Instance, Pool

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Sent twice they do what they do once. Source: RFC 9110, 9.2.2."""
FAILING = frozenset({500, 502, 503, 504})
"""Answers with which an instance says that it cannot, while another one may."""
CANNOT_ANSWER_THIS = 500
"""Says that the instance has stumbled, and maybe over the request: that alone says nothing against it."""
MOST_TRIES = 3
DEFAULT_S = 3.0


class NoInstanceError(httpx.ConnectError):
    """No instance that may be sent a request: each has failed, and its breaker is open."""


class BalancingTransport(httpx.AsyncBaseTransport):
    """Transport that sends each request to the instance with the fewest pending.

    An idempotent request that fails is sent to another instance, within the retry budget; where
    there is one instance only, once more to that if the connection failed, for a kept connection
    may be closed by the other side just when it is used. The `read` timeout of a request bounds
    all tries together, and each gets an even share of what is left. Answers are read to the end.

    What counts against an instance must be its own doing: no answer, and 502, 503 or 504. A 500 may be
    about the request, which its client can send again and again: it counts only where another
    instance gave the same request a good answer.
    """

    def __init__(
        self, pool: Pool, budget: RetryBudget, transport: httpx.AsyncBaseTransport
    ) -> None:
        self.pool = pool
        self.budget = budget
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Get an answer, or the failure of the last try.

        Raises:
            NoInstanceError: no instance may be asked.
            httpx.TimeoutException: there was no answer in time.
            httpx.TransportError: there was none at all.
        """
        self.budget.request()
        timeout = request.extensions.get("timeout", {}).get("read") or DEFAULT_S
        deadline = asyncio.get_running_loop().time() + timeout
        tried: list[Instance] = []
        stumbled: list[Instance] = []
        while True:
            instance = self.pool.choose(tried) or _same_again(tried)
            if instance is None:
                raise NoInstanceError("no instance may be asked", request=request)
            tried.append(instance)
            failure: httpx.TransportError | None = None
            try:
                response = await self._call(instance, request, self._share(deadline, tried), tried)
            except httpx.TransportError as error:
                failure = error
            else:
                if response.status_code not in FAILING:
                    for one in stumbled:
                        one.blame()
                    return response
                if response.status_code == CANNOT_ANSWER_THIS:
                    stumbled.append(instance)
            if not self._may_retry(request, tried, failure, deadline):
                if failure is not None:
                    raise failure
                return response

    async def _call(
        self,
        instance: Instance,
        request: httpx.Request,
        seconds: float,
        tried: Sequence[Instance],
    ) -> httpx.Response:
        """Try one instance inside a span of its own."""
        place = httpx.URL(instance.address)
        resends = len(tried) - 1
        with http_call(request.method, place, request.headers, resends=resends) as span:
            response = await self._try(instance, request, seconds)
            answered(span, response.status_code)
        return response

    async def _try(
        self, instance: Instance, request: httpx.Request, seconds: float
    ) -> httpx.Response:
        """Try one instance, and note the outcome with it."""
        trial, succeeded = instance.begin(), None
        try:
            async with asyncio.timeout(seconds):
                response = await self._transport.handle_async_request(_to(instance, request))
                try:
                    await response.aread()
                finally:
                    await response.aclose()
            if response.status_code != CANNOT_ANSWER_THIS:
                succeeded = response.status_code not in FAILING
        except TimeoutError:
            succeeded = False
            raise httpx.ReadTimeout(f"no answer in {seconds:.2f} s", request=request) from None
        except httpx.TransportError:
            succeeded = False
            raise
        finally:
            instance.end(trial=trial, succeeded=succeeded)
        return response

    def _share(self, deadline: float, tried: Sequence[Instance]) -> float:
        """Return how long a try may take, so that those which may follow have as long."""
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        return left / (1 + min(self.pool.others(tried), MOST_TRIES - len(tried)))

    def _may_retry(
        self,
        request: httpx.Request,
        tried: Sequence[Instance],
        failure: httpx.TransportError | None,
        deadline: float,
    ) -> bool:
        if request.method not in IDEMPOTENT or len(tried) >= MOST_TRIES:
            return False
        if asyncio.get_running_loop().time() >= deadline:
            return False
        same = len(tried) == 1 and isinstance(failure, httpx.NetworkError | httpx.ProtocolError)
        return (same or self.pool.others(tried) > 0) and self.budget.retry()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()


def _same_again(tried: Sequence[Instance]) -> Instance | None:
    """Return the only instance there is, whose connection failed."""
    return tried[0] if len(tried) == 1 and tried[0].breaker.admits() else None


def _to(instance: Instance, request: httpx.Request) -> httpx.Request:
    """Return the request, sent to this instance; its Host stays."""
    place = httpx.URL(instance.address)
    url = request.url.copy_with(scheme=place.scheme, host=place.host, port=place.port)
    return httpx.Request(
        request.method,
        url,
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )
