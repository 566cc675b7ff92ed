"""Whether a service's database is there and not older than the code.

Without Alembic, which no worker has a use for: its table holds the version, and the migrations of
a service are numbered by their file names.
"""

from importlib.resources import files

import asyncpg

from servicekit.database import CONNECT_TIMEOUT_S, describe, wait_for_database
from servicekit.startup import WAIT_S, CannotStartError


class MigrationBehindError(CannotStartError):
    """The database is older than the code; the message says what to run."""


async def require_schema(service: str, database_url: str, wait_s: float = WAIT_S) -> None:
    """Wait until the service's database answers, and refuse one that lacks a migration.

    One that is newer than the code will do: that is how a new version is brought in.

    Raises:
        DatabaseUnreachableError: it did not answer within `wait_s` seconds.
        MigrationBehindError: a migration is missing.
    """

    async def ask() -> str | None:
        connection = await asyncpg.connect(
            database_url, timeout=CONNECT_TIMEOUT_S, command_timeout=CONNECT_TIMEOUT_S
        )
        try:
            return await _version(connection)
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT_S)

    version = await wait_for_database(ask, database_url, wait_s)
    newest = newest_version(service)
    if version is None or version < newest:
        raise MigrationBehindError(
            f"the database at {describe(database_url)} lacks a migration, it is at "
            f"{version or 'none'} of {newest}: run python -m {service} migrate"
        )


def newest_version(service: str) -> str:
    """Return the number of the service's last migration."""
    versions = (files(service) / "migrations" / "versions").iterdir()
    return max(one.name.partition("_")[0] for one in versions if one.name.endswith(".py"))


async def _version(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    version: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return version
