"""Every failure here is one that a real PostgreSQL gave."""

import asyncio
from urllib.parse import urlsplit

import asyncpg
import pytest
import sqlalchemy.exc
from servicekit import create_engine, is_connection_error, open_pool

pytestmark = pytest.mark.postgres


@pytest.fixture
async def pool(postgres):
    async with await open_pool(postgres()) as pool:
        await pool.execute(
            "CREATE TABLE stock (sku text PRIMARY KEY, units int CHECK (units >= 0))"
        )
        await pool.execute("INSERT INTO stock VALUES ('MUG', 3), ('CUP', 3)")
        yield pool


async def end(pool: asyncpg.Pool, victim: asyncpg.Connection) -> None:
    """End another session of the same role, as an operator or a crash would."""
    assert await pool.fetchval("SELECT pg_terminate_backend($1, 5000)", victim.get_server_pid())


async def noticed(victim: asyncpg.Connection) -> bool:
    return victim.is_closed()


async def test_a_session_ended_between_two_statements_is_tried_again(pool):
    async with pool.acquire() as connection:
        await end(pool, connection)
        with pytest.raises(Exception) as lost:  # noqa: PT011  # which one depends on who notices first
            await connection.fetchval("SELECT 1")
        assert is_connection_error(lost.value)
        with pytest.raises(asyncpg.InterfaceError) as closed:
            await connection.fetchval("SELECT 1")
        assert is_connection_error(closed.value)


async def test_a_session_ended_during_a_statement_is_tried_again(pool):
    async with pool.acquire() as connection:
        sleeping = asyncio.create_task(connection.execute("SELECT pg_sleep(60)"))
        await asyncio.sleep(0)
        await end(pool, connection)
        with pytest.raises(asyncpg.ConnectionDoesNotExistError) as lost:
            await sleeping
    assert is_connection_error(lost.value)


async def test_a_session_ended_inside_of_a_transaction_is_tried_again(pool, eventually):
    async def transact() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE stock SET units = 1")
            await end(pool, connection)
            await eventually(lambda: noticed(connection))
            await connection.execute("UPDATE stock SET units = 2")

    with pytest.raises(asyncpg.InterfaceError) as lost:
        await transact()
    assert is_connection_error(lost.value)
    assert await pool.fetchval("SELECT sum(units) FROM stock") == 6


async def test_a_server_that_refuses_is_tried_again(free_port):
    with pytest.raises(OSError) as refused:  # noqa: PT011  # its text is the system's
        await asyncpg.connect(f"postgresql://shop@127.0.0.1:{free_port}/shop")
    assert is_connection_error(refused.value)


async def test_a_server_that_hangs_is_tried_again(postgres, door_before):
    address = urlsplit(postgres())
    async with door_before(address.hostname, address.port) as door:
        url = address._replace(netloc=f"{address.username}@127.0.0.1:{door.port}").geturl()
        connection = await asyncpg.connect(url, command_timeout=0.2)
        door.freeze()
        with pytest.raises(TimeoutError) as silence:
            await connection.fetchval("SELECT 1")
        connection.terminate()
        with pytest.raises(TimeoutError) as nobody:
            await asyncpg.connect(url, timeout=0.2)
    assert is_connection_error(silence.value)
    assert is_connection_error(nobody.value)


@pytest.mark.parametrize(
    ("limit", "statement", "error"),
    [
        ("statement_timeout", "SELECT pg_sleep(60)", asyncpg.QueryCanceledError),
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


async def test_sqlalchemy_is_seen_through(postgres):
    engine = create_engine(postgres(), pool_size=2, pool_pre_ping=False)
    async with engine.connect() as victim, engine.connect() as other:
        pid = (await victim.exec_driver_sql("SELECT pg_backend_pid()")).scalar()
        await other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        with pytest.raises(sqlalchemy.exc.DBAPIError) as lost:
            await victim.exec_driver_sql("SELECT 1")
        with pytest.raises(sqlalchemy.exc.DBAPIError) as refused:
            await other.exec_driver_sql("SELECT 1/0")
        await victim.invalidate()
    await engine.dispose()
    assert is_connection_error(lost.value)
    assert not is_connection_error(refused.value)
