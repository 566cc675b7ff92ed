"""What a database server can do to its clients: hang up, make them wait, refuse them all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest
from e2e.shop import Shop
from faults.load import Load
from stack import System, connect
from testkit.waiting import until

pytestmark = pytest.mark.system
HANG_UP = """
    SELECT count(pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND usename <> 'postgres'
            AND application_name <> 'squatter'
        ORDER BY random() LIMIT $1
    ) AS chosen
"""
SOME, ALL = 3, 1000
ROUNDS = 15
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
LONGER_THAN_ANYBODY_WAITS = "SET idle_in_transaction_session_timeout = '12s'"
"""The services give up on a lock after six seconds, and try again."""
SQUATTER = {"application_name": "squatter"}
SHUT_OUT = 20


async def test_random_connections_are_cut_again_and_again(shop: Shop, trial) -> None:
    async with (
        trial(shop, f"{SOME} random connections are cut, {ROUNDS} times") as running,
        running.fault(),
    ):
        for _ in range(ROUNDS):
            assert await shop.books.ask("postgres", HANG_UP, SOME) == SOME
            await orders_go_on(running.load)


async def test_every_connection_is_cut_at_once(shop: Shop, trial) -> None:
    async with trial(shop, "every connection is cut at once") as running, running.fault():
        assert await shop.books.ask("postgres", HANG_UP, ALL) > SOME


@pytest.mark.parametrize(
    ("database", "locked"),
    [("gateway", "idempotency_keys"), ("payments", "payments"), ("inventory", "products")],
)
async def test_a_forgotten_transaction_holds_a_table(
    shop: Shop, trial, database: str, locked: str
) -> None:
    async with (
        trial(shop, f"a forgotten transaction holds {locked}") as running,
        running.fault(),
        held(shop.system, database, locked) as connection,
    ):
        await until("somebody waits", lambda: shop.books.ask("postgres", WAITING))
        await until("the server has ended it", connection.is_closed)


async def test_no_connection_is_left(shop: Shop, trial, fires) -> None:
    async with (
        trial(shop, "all connections are taken by others") as running,
        running.fault(),
        AsyncExitStack() as squatters,
    ):
        while await shop.books.ask("postgres", HANG_UP, ALL):
            await take_all(shop.system, squatters)
        enough = len(running.load.unanswered) + SHUT_OUT
        await until("every connection is refused", lambda: len(running.load.unanswered) >= enough)
        await fires("DatabaseUnavailable", "order-worker")


async def take_all(system: System, squatters: AsyncExitStack) -> None:
    """Connect until the server admits only superusers, for whom it keeps some places."""
    url = system.settings.database_url("gateway")
    while True:
        try:
            connection = await asyncpg.connect(url, server_settings=SQUATTER)
        except asyncpg.TooManyConnectionsError:
            return
        squatters.callback(connection.terminate)


@asynccontextmanager
async def held(system: System, database: str, table: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction that locks a table and then does nothing, until the server ends it."""
    connection = await connect(system.settings, database)
    try:
        await connection.execute(LONGER_THAN_ANYBODY_WAITS)
        await connection.execute(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield connection
    finally:
        await connection.close()


async def orders_go_on(load: Load) -> None:
    """Wait until one more order was accepted."""
    before = len(load.accepted)
    await until("one more order was accepted", lambda: len(load.accepted) > before)
