"""The frame of an API over a database: its engine, its health, and their beginning and end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import Pool, QueuePool
from tracing.exporting import exporting

from servicekit.checks import engine_check
from servicekit.database import DB_CONNECTIONS, create_engine
from servicekit.health import Health
from servicekit.metrics import Values
from servicekit.schema import require_schema
from servicekit.server_spans import ServerSpans
from servicekit.settings import ServiceSettings

QUERIES_AT_A_TIME = 8
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own would tell whole queries, and cost ten times what our spans do."""
Beside = Callable[[AsyncEngine, Health], AbstractAsyncContextManager[None]]
"""Another server of the same data, running for as long as the application runs."""


def create_database_api(
    service: str, settings: ServiceSettings, beside: Beside | None = None
) -> tuple[FastAPI, AsyncEngine]:
    """Return an application with health but without routes yet, and the engine that its queries go to."""
    engine = create_engine(settings.database_url, pool_size=QUERIES_AT_A_TIME)
    health = Health()
    DB_CONNECTIONS.show(lambda: _connections(engine.pool))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await require_schema(service, settings.database_url, settings.start_wait_s)
        health.add("database", engine_check(engine))
        endpoint = settings.otel_exporter_otlp_endpoint
        async with (
            exporting(endpoint, f"{service}-api", settings.instance, settings.otlp_headers),
            beside(engine, health) if beside else nullcontext(),
        ):
            yield
        await engine.dispose()

    app = FastAPI(title=service, lifespan=lifespan, routes=health.routes(), telemetry=NO_TELEMETRY)
    app.add_middleware(ServerSpans)
    return app, engine


def _connections(pool: Pool) -> Values:
    """Count the connections of a pool by what they do."""
    if not isinstance(pool, QueuePool):
        return {}
    return {("idle",): pool.checkedin(), ("used",): pool.checkedout()}
