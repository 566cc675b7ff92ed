"""A service behind the gateway, however many instances it has."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from gateway.problems.problem import ProblemError
from gateway.upstreams.balancing import FAILING, BalancingTransport
from gateway.upstreams.forwarded_headers import forwarded, note_wait, timeout_ms

log = structlog.get_logger(__name__)
Fields = Mapping[str, str | int]
"""The parameters of an address."""


class Upstream:
    """Client of a service; `transport` is its balancer, or a cache in front of it.

    `unavailable` is the code of the problem that clients get while no instance answers.
    """

    def __init__(
        self,
        name: str,
        unavailable: str,
        balancer: BalancingTransport,
        transport: httpx.AsyncBaseTransport,
    ) -> None:
        self.name = name
        self._unavailable = unavailable
        self._balancer = balancer
        self._transport = transport

    async def get(
        self, path: str, query: Fields | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Get the response of whichever instance is asked.

        Raises:
            ProblemError: no instance answers, or none in the time that the route allows.
        """
        return await self._ask(self._request("GET", path, query, headers=headers))

    async def change(
        self, method: str, path: str, query: Fields | None = None, body: object | None = None
    ) -> httpx.Response:
        """Have something changed; what is not idempotent is sent once, whatever comes of it.

        Raises:
            ProblemError: as for `get`; the change may have been made.
        """
        return await self._ask(self._request(method, path, query, body=body))

    def _request(
        self,
        method: str,
        path: str,
        query: Fields | None,
        *,
        headers: Mapping[str, str] | None = None,
        body: object | None = None,
    ) -> httpx.Request:
        return httpx.Request(
            method,
            httpx.URL(f"http://{self.name}{path}", params=query),
            headers={**(headers or {}), **forwarded()},
            json=body,
            extensions={"timeout": httpx.Timeout(timeout_ms() / 1000).as_dict()},
        )

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        started = time.perf_counter()
        try:
            response = await self._transport.handle_async_request(request)
            await response.aread()
        except httpx.TimeoutException as error:
            log.warning("upstream_timeout", upstream=self.name, error=str(error))
            raise ProblemError("upstream_timeout", f"{self.name} took too long.") from None
        except httpx.TransportError as error:
            log.warning("upstream_unavailable", upstream=self.name, error=repr(error))
            raise self._unavailable_problem() from None
        finally:
            note_wait((time.perf_counter() - started) * 1000)
        if response.status_code in FAILING:
            log.warning("upstream_failed", upstream=self.name, status=response.status_code)
            raise self._unavailable_problem()
        return response

    async def check(self) -> str | None:
        """Return which instances are out, and why, for readiness."""
        instances = self._balancer.pool.instances
        out = [f"{one.address}: {one.out}" for one in instances if one.out]
        if not instances:
            return "no instance is listed"
        return f"{len(out)} of {len(instances)} out: {'; '.join(out)}" if out else None

    def snapshot(self) -> dict[str, Any]:
        """Return what is known of every instance, and how often a request was tried again."""
        budget = self._balancer.budget
        return {
            "instances": [one.snapshot() for one in self._balancer.pool.instances],
            "retries": budget.spent,
            "retries_refused": budget.refused,
        }

    def _unavailable_problem(self) -> ProblemError:
        return ProblemError(self._unavailable, f"No instance of {self.name} can answer just now.")


def document_of(upstream: str, answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object that an upstream has answered with.

    Raises:
        ProblemError: it is none.
    """
    try:
        document = answer.json() if answer.is_success else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        log.warning("upstream_response_invalid", upstream=upstream, status=answer.status_code)
        raise ProblemError("upstream_invalid", f"The answer of {upstream} makes no sense.")
    return document
