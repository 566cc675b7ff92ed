"""Connections to the service's own database, waiting for it at start."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import asyncpg
import structlog
from asyncpg.pool import PoolAcquireContext

from servicekit.database_errors import is_connection_error
from servicekit.half_open import WatchedConnection
from servicekit.metrics import Values, Vocabulary
from servicekit.startup import WAIT_S, CannotStartError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Connection: TypeAlias = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
T = TypeVar("T")

log = structlog.get_logger(__name__)

SERVER_SETTINGS = {
    "application_name": "orderstream",
    "statement_timeout": "8000",
    "idle_in_transaction_session_timeout": "15000",
    # A client that stands still in the midst of a question is not idle: no other limit applies to it.
    "transaction_timeout": "30000",
    "lock_timeout": "6000",
    # A client that vanished without a word holds what it holds for no longer than this.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
COMMAND_TIMEOUT_S = 9
"""Longer than the server's own timeout, so that it only strikes when the server is gone. It may strike
twice, for a transaction is also to be rolled back: in all that is less time than the watchdog gives."""
CONNECT_TIMEOUT_S = 5
ACQUIRE_TIMEOUT_S = 5
CLOSE_IDLE_AFTER_S = 300
REPLACE_AFTER_QUERIES = 50_000
RETRY_S = 0.5


DB_CONNECTIONS = Vocabulary("workers, APIs, gateway").gauge(
    "db_connections", "Connections of the pool to the process's own database: used, idle.", "state"
)


DB_ACQUIRE_SECONDS = Vocabulary("workers, payment-api, gateway").histogram(
    "db_acquire_seconds",
    "Waiting for a connection of the pool, until it came or the time was up.",
)


class DatabaseUnreachableError(CannotStartError):
    """The database did not answer in time; the message says where it was looked for."""


async def open_pool(
    database_url: str, *, min_size: int = 2, max_size: int = 8, wait_s: float = WAIT_S
) -> asyncpg.Pool:
    """Open a pool, waiting for the database if it is not there yet.

    Raises:
        DatabaseUnreachableError: it did not answer within `wait_s` seconds.
    """

    async def connect() -> asyncpg.Pool:
        return await _BoundedWaitPool(
            database_url,
            min_size=min_size,
            max_size=max_size,
            max_queries=REPLACE_AFTER_QUERIES,
            max_inactive_connection_lifetime=CLOSE_IDLE_AFTER_S,
            loop=None,
            connection_class=WatchedConnection,
            record_class=asyncpg.Record,
            server_settings=SERVER_SETTINGS,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=COMMAND_TIMEOUT_S,
            reset=_keep_as_it_is,
        )

    pool = await wait_for_database(connect, database_url, wait_s)

    def connections() -> Values:
        idle = pool.get_idle_size()
        return {("idle",): idle, ("used",): pool.get_size() - idle}

    DB_CONNECTIONS.show(connections)
    return pool


class _BoundedWaitPool(asyncpg.Pool):
    """A pool with a bounded wait for a connection: after it the database counts as unavailable."""

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        """Wait for a connection, a few seconds unless told otherwise; then raise TimeoutError."""
        return super().acquire(timeout=ACQUIRE_TIMEOUT_S if timeout is None else timeout)

    async def _acquire(self, timeout: float | None) -> asyncpg.pool.PoolConnectionProxy:  # noqa: ASYNC109  # asyncpg's signature
        """Wait for a connection, whichever way it was asked for, and note how long that took."""
        begun = perf_counter()
        try:
            return await super()._acquire(timeout)  # type: ignore[misc, no-any-return]  # asyncpg keeps it to itself
        finally:
            DB_ACQUIRE_SECONDS.observe(perf_counter() - begun)

    async def release(
        self,
        connection: asyncpg.pool.PoolConnectionProxy,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # asyncpg's signature
    ) -> None:
        """Give a connection back; a cancellation meanwhile leaves no failure unretrieved."""
        releasing = asyncio.ensure_future(super().release(connection, timeout=timeout))
        releasing.add_done_callback(self._given_back)
        await asyncio.shield(releasing)

    def _given_back(self, done: asyncio.Future[None]) -> None:
        """Look at how it ended, for asyncio would log at length what was never retrieved.

        Where the server does not even take back a question, the idle connections are as dead as this
        one: they would be found out one by one, each after so many seconds.
        """
        if not done.cancelled() and isinstance(done.exception(), TimeoutError):
            for holder in self._holders:  # type: ignore[attr-defined]  # asyncpg keeps them to itself
                if holder.is_idle():
                    holder.terminate()


async def _keep_as_it_is(connection: Connection) -> None:
    """Give a connection back without a question to the server, which by default follows every use.

    Code that changes the session (an advisory lock, a setting) changes it back.
    """


async def wait_for_database(
    connect: Callable[[], Awaitable[T]], database_url: str, wait_s: float = WAIT_S
) -> T:
    """Connect, trying again for a while; the log says once what is being waited for.

    Raises:
        DatabaseUnreachableError: it did not answer within `wait_s` seconds.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + wait_s
    told = False
    while True:
        try:
            return await connect()
        except Exception as error:
            if not is_connection_error(error):
                raise
            if clock() > deadline:
                raise DatabaseUnreachableError(
                    f"no database at {describe(database_url)} after {wait_s:.0f} s: {_reason(error)}"
                ) from error
            if not told:
                at = describe(database_url)
                log.warning("waiting_for_database", at=at, error=_reason(error))
                told = True
        await asyncio.sleep(RETRY_S)


def _reason(error: Exception) -> str:
    """Return what the driver says, in one line; a driver that timed out says nothing."""
    return str(getattr(error, "orig", error)) or type(error).__name__


def create_engine(database_url: str, **options: Any) -> "AsyncEngine":
    """Return a SQLAlchemy engine for API processes and migrations; options as SQLAlchemy takes them."""
    from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  # 7 MB no worker needs

    defaults = {
        "pool_pre_ping": True,
        "connect_args": {
            "connection_class": WatchedConnection,
            "server_settings": SERVER_SETTINGS,
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": COMMAND_TIMEOUT_S,
        },
    }
    rest = database_url.split("://", 1)[1]
    return create_async_engine(f"postgresql+asyncpg://{rest}", **defaults | options)


def describe(database_url: str) -> str:
    """Return where a database is, without who asks and with what password."""
    parts = urlsplit(database_url)
    return f"{parts.hostname}:{parts.port or 5432}{parts.path}"


def storable(text: str) -> str:
    """Return the text without what PostgreSQL keeps in no text: NUL and lone surrogates."""
    return text.encode(errors="replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
