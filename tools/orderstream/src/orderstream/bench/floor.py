"""The floor: the least that an order can cost on this machine, four commits on the same PostgreSQL.

No HTTP, no broker, no other process: only the rows of an order's four steps, each made durable
before the next. What a system costs above that is what it does for its keep.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

import asyncpg
from stack import Settings, System, create_database

from orderstream.bench.costs import cpu_s_of
from orderstream.bench.load import percentile
from orderstream.errors import CommandError

DATABASE = "bench"
IN_FLIGHT = 16
SECONDS, WARM_UP_S = 4.0, 1.0
SCHEMA = """
    CREATE TABLE IF NOT EXISTS orders (order_id text PRIMARY KEY, status text NOT NULL,
        document text NOT NULL, placed_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE IF NOT EXISTS payments (order_id text PRIMARY KEY, status text NOT NULL);
    CREATE TABLE IF NOT EXISTS reservations (order_id text PRIMARY KEY, status text NOT NULL);
    CREATE TABLE IF NOT EXISTS shipments (order_id text PRIMARY KEY, status text NOT NULL);
    TRUNCATE orders, payments, reservations, shipments;
"""
STEPS = (
    "INSERT INTO orders (order_id, status, document) VALUES ($1, 'accepted', repeat('x', 900))",
    """WITH paid AS (INSERT INTO payments VALUES ($1, 'authorized'))
       UPDATE orders SET status = 'authorized' WHERE order_id = $1""",
    """WITH kept AS (INSERT INTO reservations VALUES ($1, 'reserved'))
       UPDATE orders SET status = 'reserved' WHERE order_id = $1""",
    """WITH sent AS (INSERT INTO shipments VALUES ($1, 'initiated'))
       UPDATE orders SET status = 'completed' WHERE order_id = $1""",
)
"""What each step of an order writes: one statement, one commit."""

RunOne = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Simplest:
    """What a simpler system made of the same orders on the same PostgreSQL."""

    per_second: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float

    def as_json(self) -> dict[str, Any]:
        """Give it as a document."""
        return asdict(self)


async def open_database(settings: Settings) -> str:
    """Make the database of the floor, empty; returns its address."""
    url = await create_database(settings, DATABASE)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(SCHEMA)
    finally:
        await connection.close()
    return url


def pid_of_postgres(system: System) -> int:
    """Give the process of the database server.

    Raises:
        CommandError: it does not run.
    """
    pid = system.states()["postgres"].pid
    if pid is None:
        raise CommandError("PostgreSQL has stopped, which the bench had started.")
    return pid


async def measure_floor(system: System) -> Simplest:
    """Take orders over their four commits, as fast as they go."""
    url = await open_database(system.settings)
    database_pid = pid_of_postgres(system)
    async with asyncpg.create_pool(url, min_size=IN_FLIGHT, max_size=IN_FLIGHT) as pool:

        async def run_one(order_id: str) -> None:
            async with pool.acquire() as connection:
                for sql in STEPS:
                    await connection.execute(sql, order_id)

        return await measure(run_one, database_pid)


async def measure(run_one: RunOne, database_pid: int) -> Simplest:
    """Warm up, then run orders for a while; the CPU is that of this process and the database's."""
    await keep_running(run_one, WARM_UP_S)
    begun = cpu_s_of(os.getpid()) + cpu_s_of(database_pid)
    took_ms, seconds = await keep_running(run_one, SECONDS)
    spent = cpu_s_of(os.getpid()) + cpu_s_of(database_pid) - begun
    done = max(1, len(took_ms))
    times = (percentile(took_ms, 50), percentile(took_ms, 99))
    return Simplest(len(took_ms) / seconds, spent * 1000 / done, *times)


async def keep_running(run_one: RunOne, seconds: float) -> tuple[list[float], float]:
    """Run so many orders at a time until the time is up; gives the milliseconds of each, and the time."""
    took_ms: list[float] = []
    begun = time.perf_counter()

    async def run_some() -> None:
        while (started := time.perf_counter()) < begun + seconds:
            await run_one(f"ord_{uuid4().hex}")
            took_ms.append((time.perf_counter() - started) * 1000)

    await asyncio.gather(*(run_some() for _ in range(IN_FLIGHT)))
    return took_ms, time.perf_counter() - begun
