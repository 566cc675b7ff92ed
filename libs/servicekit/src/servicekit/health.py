"""Health over HTTP: `/healthz` says that the process runs, `/readyz` that it can do its work."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from aiokafka.admin import AIOKafkaAdminClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

Check = Callable[[], Awaitable[str | None]]
CHECK_TIMEOUT_S = 2.0
CACHE_S = 1.0


class Health:
    """The named checks of one process. A check returns None, or what is wrong."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._report: dict[str, str] = {}
        self._reported_at = float("-inf")
        self._asking = asyncio.Lock()

    def add(self, name: str, check: Check) -> None:
        """Make readiness depend on a check."""
        self._checks[name] = check

    async def report(self) -> dict[str, str]:
        """What each check found: `ok`, or what is wrong. Asked at most once a second."""
        async with self._asking:
            if time.monotonic() - self._reported_at > CACHE_S:
                results = await asyncio.gather(*map(_ask, self._checks.values()))
                self._report = dict(zip(self._checks, results, strict=True))
                self._reported_at = time.monotonic()
        return self._report

    def routes(self) -> list[Route]:
        """`/healthz` and `/readyz` for any ASGI application."""
        return [Route("/healthz", _healthz), Route("/readyz", self._readyz)]

    async def _readyz(self, request: Request) -> JSONResponse:  # noqa: ARG002  # Starlette's signature
        report = await self.report()
        ready = all(found == "ok" for found in report.values())
        return JSONResponse({"ready": ready, "checks": report}, status_code=200 if ready else 503)


async def _healthz(request: Request) -> JSONResponse:  # noqa: ARG001  # Starlette's signature
    return JSONResponse({"status": "ok"})


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check() or "ok"
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_S:.0f} s"
    except Exception as error:  # whatever is wrong is what is reported
        return f"{type(error).__name__}: {error}"


def database_check(pool: asyncpg.Pool) -> Check:
    """Whether the database answers a query."""

    async def check() -> None:
        await pool.fetchval("SELECT 1")

    return check


def kafka_check(bootstrap: str) -> Check:
    """Whether the broker answers; a connection of its own, kept open between the questions."""
    clients: list[AIOKafkaAdminClient] = []

    async def check() -> None:
        try:
            if not clients:
                client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=1500)
                clients.append(client)
                await client.start()
            await clients[0].list_topics()
        except BaseException:
            while clients:
                await clients.pop().close()
            raise

    return check


@asynccontextmanager
async def serve_health(health: Health, host: str, port: int) -> AsyncIterator[None]:
    """Serve a worker's health beside its work; signals stay the worker's own business."""
    config = uvicorn.Config(
        Starlette(routes=health.routes()), host=host, port=port, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
