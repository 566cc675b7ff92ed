"""Health over HTTP: `/healthz` says that the process runs, `/readyz` that it can do its work.

`/metrics` beside them has the numbers of the process.

A process that can answer properly without something is *degraded* by its absence and stays ready:
were it taken out of rotation, its clients would get nothing instead of less.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from functools import partial

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from servicekit.http.crowd import Crowd
from servicekit.http.protocol import StrictProtocol
from servicekit.metrics import read_metrics
from servicekit.ports import listen
from servicekit.question import OK, Check, Question

Findings = Callable[[], dict[str, str]]
"""What is known to be wrong with somebody, without asking."""
Note = Callable[[], str | None]
CONNECTIONS = 100
"""Requests to a worker's health endpoint are short."""
CACHE_S = 1.0
CACHE_UNREADY_S = 0.1
"""Callers that wait for readiness learn of it at once."""


class Health:
    """The named checks of one process. A check returns None, or what is wrong."""

    def __init__(self) -> None:
        self._questions: dict[str, Question] = {}
        self._required: set[str] = set()
        self._findings: list[Findings] = []
        self._notes: dict[str, Note] = {}
        self._report: dict[str, str] = {}
        self._outdated_at = float("-inf")
        self._asking = asyncio.Lock()

    def add(self, name: str, check: Check, *, required: bool = True) -> None:
        """Report a check; readiness depends on it if it is `required`."""
        self._questions[name] = Question(check)
        if required:
            self._required.add(name)

    def add_findings(self, findings: Findings) -> None:
        """Report what is wrong with others, by their names; readiness does not depend on it."""
        self._findings.append(findings)

    def note(self, name: str, note: Note) -> None:
        """Show something that operators should know and that affects no readiness."""
        self._notes[name] = note

    async def report(self) -> dict[str, str]:
        """Return what each check found: `ok`, or what is wrong. Whatever a check does, this answers.

        Asked at most once a second, ten times while something that is required is wrong.
        """
        async with self._asking:
            if time.monotonic() > self._outdated_at:
                asked = dict(self._questions)
                found = await asyncio.gather(*(one.answer() for one in asked.values()))
                self._report = dict(zip(asked, found, strict=True))
                for findings in self._findings:
                    self._report |= findings()
                lasts_s = CACHE_UNREADY_S if self._missing(self._report) else CACHE_S
                self._outdated_at = time.monotonic() + lasts_s
        return self._report

    def routes(self) -> list[BaseRoute]:
        """Return `/healthz`, `/readyz` and `/metrics` for any ASGI application."""
        return [
            Route("/healthz", _healthz),
            Route("/readyz", self._readyz),
            Route("/metrics", read_metrics),
        ]

    def _missing(self, report: dict[str, str]) -> set[str]:
        """Return what fails of that which is required."""
        return _failing(report) & self._required

    async def _readyz(self, request: Request) -> JSONResponse:  # noqa: ARG002  # Starlette's signature
        report = await self.report()
        ready = not self._missing(report)
        degraded = sorted(_failing(report) - self._required)
        document: dict[str, object] = {"ready": ready, "degraded": degraded, "checks": report}
        if notes := {name: told for name, note in self._notes.items() if (told := note())}:
            document["notes"] = notes
        return JSONResponse(document, status_code=200 if ready else 503)


def _failing(report: dict[str, str]) -> set[str]:
    return {name for name, found in report.items() if found != OK}


async def _healthz(request: Request) -> JSONResponse:  # noqa: ARG001  # Starlette's signature
    return JSONResponse({"status": OK})


class _GuestServer(uvicorn.Server):
    """A server inside of somebody else's process: signals are the host's own business."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # uvicorn's is a generator
        return nullcontext()


@asynccontextmanager
async def serve_health(health: Health, host: str, port: int) -> AsyncIterator[None]:
    """Serve a worker's health beside its work, in the running loop.

    Raises:
        CannotStartError: somebody else has the port.
    """
    with listen(host, port) as listening:
        config = uvicorn.Config(
            Starlette(routes=health.routes()),
            http=partial(StrictProtocol, Crowd(CONNECTIONS)),  # type: ignore[arg-type]  # it is called
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _GuestServer(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="health")
        try:
            yield
        finally:
            server.should_exit = True
            await serving
