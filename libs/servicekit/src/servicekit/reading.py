"""The frame of a read API: its engine, its health, and their beginning and end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from servicekit.checks import database_check
from servicekit.database import create_engine, open_pool
from servicekit.health import Health
from servicekit.settings import ServiceSettings

QUERIES_AT_A_TIME = 8


def create_read_api(service: str, settings: ServiceSettings) -> tuple[FastAPI, AsyncEngine]:
    """An application with health but without routes yet, and the engine that its queries go to."""
    engine = create_engine(settings.database_url, pool_size=QUERIES_AT_A_TIME)
    health = Health()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        pool = await open_pool(settings.database_url, min_size=1, max_size=1)
        health.add("database", database_check(pool))
        yield
        await engine.dispose()
        await pool.close()

    return FastAPI(title=service, lifespan=lifespan, routes=health.routes()), engine
