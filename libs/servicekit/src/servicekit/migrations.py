"""Migrations: every service brings its own database to the version that its code expects."""

import asyncio
import sys
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.pool import NullPool

from servicekit.database import create_engine, describe, is_connection_error
from servicekit.settings import MigrationSettings, load_settings

# Any number does: two upgrades of one database at a time would trip over each other.
UPGRADE_LOCK = 7_300


def migrate(service: str) -> None:
    """Upgrade the service's database (`DATABASE_URL`) to the newest version."""
    settings = load_settings(MigrationSettings)
    try:
        upgrade(service, settings.database_url)
    except Exception as error:
        if not is_connection_error(error):
            raise
        print(f"no database at {describe(settings.database_url)}: {error}", file=sys.stderr)  # noqa: T201  # a command's own words
        raise SystemExit(1) from None


def upgrade(service: str, database_url: str) -> None:
    """Apply every migration that the database does not have yet."""

    def apply(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        command.upgrade(_config(service, connection), "head")

    asyncio.run(_with_connection(database_url, apply))


def is_current(service: str, database_url: str) -> bool:
    """Whether the database has every migration of the service."""

    def look(connection: Connection) -> bool:
        head = ScriptDirectory.from_config(_config(service, connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head

    return bool(asyncio.run(_with_connection(database_url, look)))


def differences(metadata: MetaData, database_url: str) -> list[Any]:
    """What the models describe and the migrated database does not have, or the other way round."""

    def compare(connection: Connection) -> list[Any]:
        found: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
        return found

    return list(asyncio.run(_with_connection(database_url, compare)))


def run_env(metadata: MetaData) -> None:
    """What every service's `migrations/env.py` does."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


async def _with_connection(database_url: str, work: Callable[[Connection], Any]) -> Any:
    engine = create_engine(database_url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _config(service: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files(service) / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
