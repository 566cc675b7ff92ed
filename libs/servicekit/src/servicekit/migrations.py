"""Migrations: every service brings its own database to the version that its code expects.

A service keeps them in its package, `migrations/versions`, beside an `env.py` of three lines.
"""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from importlib.resources import files
from typing import TypeVar

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from servicekit.database import CONNECT_TIMEOUT_S, create_engine, wait_for_database
from servicekit.settings import MigrationSettings, load_settings
from servicekit.startup import WAIT_S

T = TypeVar("T")

# Any number does: two upgrades of one database at a time would trip over each other.
UPGRADE_LOCK = 7_300


def migrate(service: str) -> None:
    """Upgrade the service's database (`DATABASE_URL`) to the newest version.

    Raises:
        DatabaseUnreachableError: it did not answer in time.
    """
    settings = load_settings(MigrationSettings)
    upgrade(service, settings.database_url, wait_s=settings.start_wait_s)


def upgrade(service: str, database_url: str, *, wait_s: float = WAIT_S) -> None:
    """Apply every migration that the database does not have yet: all of them or none.

    Raises:
        DatabaseUnreachableError: it did not answer within `wait_s` seconds.
    """

    def apply(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        command.upgrade(_config(service, connection), "head")

    asyncio.run(_with_connection(database_url, apply, wait_s))


def is_current(service: str, database_url: str) -> bool:
    """Return whether the database has every migration of the service."""

    def look(connection: Connection) -> bool:
        head = ScriptDirectory.from_config(_config(service, connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head

    return asyncio.run(_with_connection(database_url, look))


def differences(metadata: MetaData, database_url: str) -> list[str]:
    """Return what the models describe and the migrated database does not have, or the other way round."""

    def compare(connection: Connection) -> list[str]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        return [str(difference) for difference in found]

    return asyncio.run(_with_connection(database_url, compare))


def run_env(metadata: MetaData) -> None:
    """Do what every service's `migrations/env.py` does."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


async def _with_connection(
    database_url: str, work: Callable[[Connection], T], wait_s: float = WAIT_S
) -> T:
    """Run the work in one transaction, without the time limits that a service's statements have."""
    engine = create_engine(
        database_url, poolclass=NullPool, connect_args={"timeout": CONNECT_TIMEOUT_S}
    )

    async def connect() -> AsyncConnection:
        return await engine.connect()

    try:
        connection = await wait_for_database(connect, database_url, wait_s)
        async with aclosing(connection), connection.begin():
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(service: str, connection: Connection) -> Config:
    config = Config()
    scripts = str(files(service) / "migrations").replace("%", "%%")
    config.set_main_option("script_location", scripts)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
