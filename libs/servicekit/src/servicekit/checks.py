"""The questions that readiness asks: does the database answer, does Kafka?"""

import asyncio
import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

import asyncpg

from servicekit.question import Check

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ApiVersions, version 0, the one request that every broker answers before any other; then the
# correlation id and an absent client id. Source: https://kafka.apache.org/protocol
API_VERSIONS, CORRELATION = 18, 7
REQUEST = struct.pack(">ihhih", 10, API_VERSIONS, 0, CORRELATION, -1)
RESPONSE = struct.Struct(">iih")
"""Its length, the correlation id, an error code (0: none)."""


def database_check(pool: asyncpg.Pool) -> Check:
    """Ask whether the database answers a query."""

    async def check() -> None:
        await pool.fetchval("SELECT 1")

    return check


def engine_check(engine: "AsyncEngine") -> Check:
    """Ask whether the database answers a query, for a process that reads through SQLAlchemy."""

    async def check() -> None:
        async with engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")

    return check


def kafka_check(bootstrap: str) -> Check:
    """Ask whether any broker of `host:port[,host:port...]` answers; a connection for each question.

    All are asked at once, and the first that answers is enough: one that hangs delays nothing.
    """
    addresses = [address.rsplit(":", 1) for address in bootstrap.split(",")]

    async def check() -> str | None:
        asked = [asyncio.create_task(_problem_of(host, int(port))) for host, port in addresses]
        try:
            return await _first_without(asked)
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    return check


async def _first_without(asked: Sequence["asyncio.Task[str | None]"]) -> str | None:
    problems = []
    for answer in asyncio.as_completed(asked):
        problem = await answer
        if problem is None:
            return None
        problems.append(problem)
    return "; ".join(sorted(problems))


async def _problem_of(host: str, port: int) -> str | None:
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return f"no broker at {host}:{port}: {error.strerror or error}"
    try:
        writer.write(REQUEST)
        _, correlation, code = RESPONSE.unpack(await reader.readexactly(RESPONSE.size))
    except (OSError, asyncio.IncompleteReadError) as error:
        return f"the broker at {host}:{port} hung up: {error}"
    finally:
        writer.transport.abort()
    answered = (correlation, code) == (CORRELATION, 0)
    return None if answered else f"what answers at {host}:{port} is no Kafka broker"
