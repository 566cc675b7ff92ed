"""Other ways to do the same work durably, measured on the same PostgreSQL in the same run."""

import asyncio
import json
import subprocess
import sys
from importlib.util import find_spec

from launcher.environment import passed_on
from stack import System

from orderstream.bench.floor import Simplest, open_database, pid_of_postgres
from orderstream.errors import CommandError

LONGEST_S = 90
HOW_TO_INSTALL = (
    "DBOS is not installed, which --peers measures beside the system. Install it with: "
    ".venv/bin/pip install -e './tools/orderstream[peers]' -c constraints.txt"
)


def require_peers() -> None:
    """Make sure that what is to be measured beside the system is installed.

    Raises:
        CommandError: it is not; with the command that installs it.
    """
    if find_spec("dbos") is None:
        raise CommandError(HOW_TO_INSTALL)


async def measure_dbos(system: System) -> Simplest:
    """Take orders over their four steps as workflows of DBOS, in a process of its own.

    Raises:
        CommandError: it failed; with the last that it said.
    """
    url = await open_database(system.settings)
    database_pid = str(pid_of_postgres(system))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orderstream.bench.dbos_orders", url, database_pid),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=passed_on(),
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            told, wrong = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise CommandError(f"DBOS cannot be measured: {wrong.decode()[-500:].strip()}")
    return Simplest(**json.loads(told.decode().splitlines()[-1]))
