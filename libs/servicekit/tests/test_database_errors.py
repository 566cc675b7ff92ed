"""Every failure here is one that a real PostgreSQL gave."""

import asyncio

import asyncpg
import pytest
from servicekit import is_connection_error

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("limit", "statement", "error"),
    [
        ("statement_timeout", "SELECT pg_sleep(60)", asyncpg.QueryCanceledError),
        ("transaction_timeout", "SELECT pg_sleep(60)", asyncpg.ConnectionDoesNotExistError),
        ("lock_timeout", "UPDATE stock SET units = 1", asyncpg.LockNotAvailableError),
        ("default_transaction_read_only", "DELETE FROM stock", asyncpg.ReadOnlySQLTransactionError),
    ],
)
async def test_a_statement_that_the_server_gave_up_is_tried_again(pool, limit, statement, error):
    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM stock FOR UPDATE")
        async with pool.acquire() as connection:
            await connection.execute(
                f"SET {limit} = 50" if "time" in limit else f"SET {limit} = on"
            )
            with pytest.raises(error) as given_up:
                await connection.execute(statement)
    assert is_connection_error(given_up.value)


async def test_who_loses_a_deadlock_tries_again(pool):
    both_hold = asyncio.Barrier(2)

    async def take(first: str, second: str) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE stock SET units = 1 WHERE sku = $1", first)
            await both_hold.wait()
            await connection.execute("UPDATE stock SET units = 1 WHERE sku = $1", second)

    ends = await asyncio.gather(take("MUG", "CUP"), take("CUP", "MUG"), return_exceptions=True)
    (loser,) = [end for end in ends if end is not None]
    assert isinstance(loser, asyncpg.DeadlockDetectedError)
    assert is_connection_error(loser)


async def test_who_loses_a_serialisation_race_tries_again(pool):
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read"),
    ):
        await connection.fetch("SELECT FROM stock")
        await pool.execute("UPDATE stock SET units = 2")
        with pytest.raises(asyncpg.SerializationError) as lost:
            async with connection.transaction():
                await connection.execute("UPDATE stock SET units = 1")
    assert is_connection_error(lost.value)


async def test_a_table_changed_by_a_migration_meanwhile_is_tried_again(pool):
    async with pool.acquire() as connection:
        await connection.fetch("SELECT * FROM stock")
        await pool.execute("ALTER TABLE stock ADD COLUMN shelf text")
        with pytest.raises(asyncpg.InvalidCachedStatementError) as outdated:
            async with connection.transaction():
                await connection.fetch("SELECT * FROM stock")
    assert is_connection_error(outdated.value)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO stock VALUES ('MUG', 1)",
        "UPDATE stock SET units = -1",
        "UPDATE stock SET units = 99999999999",
        "SELECT 1/0",
        "SELECT * FROM nothing",
        "nonsense",
    ],
)
async def test_what_the_data_or_the_code_is_to_blame_for_is_not_tried_again(pool, statement):
    with pytest.raises(asyncpg.PostgresError) as refused:
        await pool.execute(statement)
    assert not is_connection_error(refused.value)


async def test_a_wrong_argument_is_not_tried_again_whatever_it_says(pool):
    with pytest.raises(asyncpg.DataError) as refused:
        await pool.execute("SELECT $1::int", "connection is closed")
    assert not is_connection_error(refused.value)


@pytest.mark.parametrize("error", [ValueError(), KeyError(), AttributeError(), Exception()])
def test_a_bug_is_no_connection_error(error):
    assert not is_connection_error(error)
