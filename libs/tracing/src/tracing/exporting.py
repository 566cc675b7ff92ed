"""Exporting spans over HTTP, beside the work and never in its way: what cannot be sent is dropped."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import structlog

from tracing.otlp import encode
from tracing.recorder import Recorder, recorder
from tracing.span import Span

log = structlog.get_logger(__name__)

PATH = "/v1/traces"
GATHER_S = 0.2
SLICE = 100
"""Number of spans per request: encoding them holds the event loop for a millisecond."""
TIMEOUT_S = 2.0
LAST_S = 1.0
"""Timeout of what is sent at the end of the process."""
SAY_EVERY_S = 60.0
IDLE_S = 2.0
"""Servers close what was idle for 5 s: spans that are sent at that moment would be lost."""


class Exporter:
    """Sends what a recorder keeps to a collector; what it does not take, the recorder has dropped."""

    def __init__(
        self, kept: Recorder, http: httpx.AsyncClient, endpoint: str, resource: Mapping[str, str]
    ) -> None:
        self._kept = kept
        self._http = http
        self._url = endpoint.rstrip("/") + PATH
        self._resource = resource
        self._said_at = -SAY_EVERY_S
        self._said = 0

    async def run(self) -> None:
        """Send what gathers, until cancelled."""
        while True:
            await self._kept.arrived()
            await asyncio.sleep(GATHER_S)
            await self.send()

    async def send(self) -> None:
        """Send all that waits; what the collector does not take is lost."""
        while spans := self._kept.take(SLICE):
            if problem := await self._post(spans):
                self._kept.dropped += len(spans)
                self._say(problem)

    async def _post(self, spans: list[Span]) -> str | None:
        """Send some; gives what is wrong with the collector, if anything is."""
        headers = {"content-type": "application/x-protobuf"}
        body = encode(spans, self._resource)
        try:
            answer = await self._http.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return f"{type(error).__name__} {error}".strip()
        return None if answer.is_success else f"answered {answer.status_code}"

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
