"""The same four steps of an order as a DBOS workflow: run as a program, prints what it measured.

DBOS keeps the result of each step in PostgreSQL, so that an order goes on after a crash. A step's
own rows are a commit of their own, as in a service.
"""

import asyncio
import json
import sys

import asyncpg
from dbos import DBOS, DBOSConfig

from orderstream.bench.floor import IN_FLIGHT, STEPS, measure

pool: asyncpg.Pool


@DBOS.step()  # type: ignore[untyped-decorator, unused-ignore]
async def take_step(number: int, order_id: str) -> None:
    """Write the rows of one step."""
    async with pool.acquire() as connection:
        await connection.execute(STEPS[number], order_id)


@DBOS.workflow()  # type: ignore[untyped-decorator, unused-ignore]
async def fulfil(order_id: str) -> None:
    """Take an order over its four steps."""
    for number in range(len(STEPS)):
        await take_step(number, order_id)


async def run(url: str, database_pid: int) -> None:
    """Run orders for a while and print the figures."""
    global pool  # a step is a function of the module: DBOS finds it by name
    async with asyncpg.create_pool(url, min_size=IN_FLIGHT, max_size=IN_FLIGHT) as pool:
        found = await measure(fulfil, database_pid)
    sys.stdout.write(json.dumps(found.as_json()) + "\n")


def main(url: str, database_pid: str) -> None:
    """Launch DBOS on this database, measure, and end it."""
    config: DBOSConfig = {
        "name": "orders",
        "system_database_url": url,
        "log_level": "ERROR",
        "run_admin_server": False,
    }
    DBOS(config=config)
    DBOS.launch()
    try:
        asyncio.run(run(url, int(database_pid)))
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    main(*sys.argv[1:])
