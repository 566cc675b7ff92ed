"""Connections to the service's own database, and what to make of their failures."""

import asyncio
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

log = structlog.get_logger(__name__)

SERVER_SETTINGS = {
    "statement_timeout": "15000",
    "idle_in_transaction_session_timeout": "15000",
    "lock_timeout": "10000",
}
RETRY_S = 0.5

TRY_AGAIN = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


class DatabaseUnreachableError(RuntimeError):
    """The database did not answer in time; the message says where it was looked for."""


def is_connection_error(error: BaseException) -> bool:
    """Whether the database was away or gave way to another transaction, so that trying again helps.

    Everything else that it raises is about the data, and trying again would not help.
    """
    if isinstance(error, asyncpg.InterfaceError):
        # The driver has one class for a wrong argument and for a connection that was closed.
        return "closed" in str(error)
    return isinstance(error, TRY_AGAIN)


async def open_pool(
    database_url: str, *, min_size: int = 2, max_size: int = 8, wait_s: float = 30
) -> asyncpg.Pool:
    """Open a pool, waiting for the database if it is not there yet.

    Raises:
        DatabaseUnreachableError: it did not answer within `wait_s` seconds.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    told = False
    while True:
        try:
            return await asyncpg.create_pool(
                database_url,
                min_size=min_size,
                max_size=max_size,
                server_settings=SERVER_SETTINGS,
                timeout=5,
            )
        except Exception as error:
            if not is_connection_error(error):
                raise
            if asyncio.get_running_loop().time() > deadline:
                raise DatabaseUnreachableError(
                    f"no database at {describe(database_url)} after {wait_s:.0f} s: {error}"
                ) from error
            if not told:
                log.warning("waiting for the database", at=describe(database_url))
                told = True
            await asyncio.sleep(RETRY_S)


def create_engine(database_url: str, **options: Any) -> AsyncEngine:
    """A SQLAlchemy engine for reading: API processes and migrations."""
    scheme, rest = database_url.split("://", 1)
    del scheme
    return create_async_engine(f"postgresql+asyncpg://{rest}", **options)


def describe(database_url: str) -> str:
    """Where a database is, without who asks and with what password."""
    parts = urlsplit(database_url)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"
