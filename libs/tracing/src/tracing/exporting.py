"""Exporting spans over HTTP, beside the work and never in its way: what cannot be sent in time is dropped."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import structlog

from tracing.otlp import encode
from tracing.recorder import Recorder
from tracing.span import Span, recorder

log = structlog.get_logger(__name__)

PATH = "/v1/traces"
GATHER_S = 1.0
"""A request costs as much CPU as sixty spans (1.3 ms): those of a second share one."""
SLICE = 100
"""Number of spans per request: encoding them holds the event loop for a millisecond."""
TIMEOUT_S = 2.0
LAST_S = 1.0
"""Timeout of what is sent at the end of the process."""
SAY_EVERY_S = 60.0
RETRY_S = 1.0
GIVE_UP_S = 10.0
"""Time for which spans wait for a collector that takes nothing: a restart of it, and no outage."""
RETRIED = frozenset({429, 502, 503, 504})
"""Statuses after which the same spans may be sent again (OTLP 1.9, section on failures)."""
IDLE_S = 2.0
"""Servers close what was idle for 5 s: a request that is sent at that moment fails."""


class NotTakenError(Exception):
    """The collector does not take some spans; `is_final` where it never will."""

    def __init__(self, problem: str, *, is_final: bool = False) -> None:
        super().__init__(problem)
        self.is_final = is_final


class Exporter:
    """Sends what a recorder keeps to a collector; while that is restarted, the spans wait there."""

    def __init__(
        self,
        kept: Recorder[Span],
        http: httpx.AsyncClient,
        endpoint: str,
        resource: Mapping[str, str],
    ) -> None:
        self._kept = kept
        self._http = http
        self._url = endpoint.rstrip("/") + PATH
        self._resource = resource
        self._failing_since: float | None = None
        self._said_at = -SAY_EVERY_S
        self._said = 0

    async def run(self) -> None:
        """Send what gathers, until cancelled."""
        while True:
            await self._kept.arrived()
            await asyncio.sleep(GATHER_S)
            if not await self.send():
                await asyncio.sleep(RETRY_S)

    async def send(self) -> bool:
        """Send all that waits; false where the rest is to be tried again later."""
        while spans := self._kept.take(SLICE):
            try:
                await self._post(spans)
            except NotTakenError as error:
                if not error.is_final and self._has_time():
                    self._kept.give_back(spans)
                    return False
                self._kept.dropped += len(spans)
                self._say(str(error))
            except asyncio.CancelledError:
                self._kept.give_back(spans)
                raise
            else:
                self._failing_since = None
        return True

    async def _post(self, spans: list[Span]) -> None:
        headers = {"content-type": "application/x-protobuf"}
        body = encode(spans, self._resource)
        try:
            answer = await self._http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotTakenError(f"{type(error).__name__} {error}".strip()) from error
        if not answer.is_success:
            is_final = answer.status_code not in RETRIED
            raise NotTakenError(f"answered {answer.status_code}", is_final=is_final)

    def _has_time(self) -> bool:
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        return now - self._failing_since < GIVE_UP_S

    def _say(self, problem: str) -> None:
        now = time.monotonic()
        if now - self._said_at >= SAY_EVERY_S:
            dropped = self._kept.dropped
            log.warning("spans_dropped", spans=dropped - self._said, error=problem)
            self._said_at, self._said = now, dropped


@asynccontextmanager
async def exporting(
    endpoint: str | None, service: str, instance: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """Record spans and export them to this OTLP endpoint while the block lasts; without one, neither.

    `headers` go with each request, such as the key that a collector wants.
    """
    if endpoint is None:
        yield
        return
    resource = {"service.name": service, "service.instance.id": instance}
    # What a check of certificates needs takes 15 ms and a megabyte to make.
    verify, cookies = (
        endpoint.startswith("https:"),
        CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )
    async with httpx.AsyncClient(
        timeout=TIMEOUT_S,
        limits=httpx.Limits(keepalive_expiry=IDLE_S),
        trust_env=False,
        verify=verify,
        cookies=cookies,
        headers=headers,
    ) as http:
        exporter = Exporter(recorder, http, endpoint, resource)
        task = asyncio.create_task(exporter.run(), name="spans")
        recorder.is_on = True
        try:
            yield
        finally:
            recorder.is_on = False
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await exporter.send()
            recorder.forget()
