"""The frame of an API over a database: its engine, its health, and their beginning and end."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.checks import engine_check
from servicekit.database import create_engine
from servicekit.health import Health
from servicekit.schema import require_schema
from servicekit.settings import ServiceSettings

QUERIES_AT_A_TIME = 8
Beside = Callable[[AsyncEngine, Health], AbstractAsyncContextManager[None]]
"""Another door to the same data, open for as long as the application runs."""


def create_database_api(
    service: str, settings: ServiceSettings, beside: Beside | None = None
) -> tuple[FastAPI, AsyncEngine]:
    """An application with health but without routes yet, and the engine that its queries go to."""
    engine = create_engine(settings.database_url, pool_size=QUERIES_AT_A_TIME)
    health = Health()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await require_schema(service, settings.database_url, settings.start_wait_s)
        health.add("database", engine_check(engine))
        async with beside(engine, health) if beside else nullcontext():
            yield
        await engine.dispose()

    return FastAPI(title=service, lifespan=lifespan, routes=health.routes()), engine
