"""Connections that a real PostgreSQL, or the way to it, ended."""

import asyncio
import gc
import socket
from urllib.parse import urlsplit

import asyncpg
import pytest
import sqlalchemy.exc
from servicekit import create_engine, is_connection_error, open_pool
from servicekit.half_open import TIMES
from servicekit.schema import require_schema
from testkit.doors import door_before
from testkit.waiting import TIMEOUT_S, until

pytestmark = pytest.mark.postgres


async def end(pool: asyncpg.Pool | asyncpg.Connection, victim: asyncpg.Connection) -> None:
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


async def test_a_server_that_is_closing_and_has_not_hung_up_is_tried_again(postgres):
    address = urlsplit(postgres())
    async with door_before(address.hostname, address.port) as door:
        url = address._replace(netloc=f"{address.username}@127.0.0.1:{door.port}").geturl()
        connection, operator = await asyncpg.connect(url), await asyncpg.connect(address.geturl())
        door.hold_ends()
        await end(operator, connection)

        async def has_sent_all() -> bool:
            # What the door has passed on, the connection reads while another one is answered.
            return bool(door.ends and await operator.fetchval("SELECT 1"))

        await until("the farewell has come", has_sent_all)
        with pytest.raises(asyncpg.InternalClientError) as lost:
            await connection.fetchval("SELECT 1")
        connection.terminate()
        await operator.close()
    assert is_connection_error(lost.value)


async def test_a_session_ended_inside_of_a_transaction_is_tried_again(pool):
    async def transact() -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE stock SET units = 1")
            await end(pool, connection)
            await until("the end is noticed", lambda: noticed(connection))
            await connection.execute("UPDATE stock SET units = 2")

    with pytest.raises(asyncpg.InterfaceError) as lost:
        await transact()
    assert is_connection_error(lost.value)
    assert await pool.fetchval("SELECT sum(units) FROM stock") == 6


async def test_a_server_that_refuses_is_tried_again(free_port):
    with pytest.raises(OSError) as refused:  # noqa: PT011  # its text is the system's
        await asyncpg.connect(f"postgresql://shop@127.0.0.1:{free_port}/shop")
    assert is_connection_error(refused.value)


async def test_a_server_that_hangs_is_tried_again(postgres):
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


def giving_back() -> list[asyncio.Task[None]]:
    return [task for task in asyncio.all_tasks() if "release" in repr(task.get_coro())]


async def test_a_pool_whose_connections_are_dead_has_new_ones_and_says_nothing_at_length(
    postgres, caplog, monkeypatch
):
    monkeypatch.setattr("servicekit.database.ACQUIRE_TIMEOUT_S", 0.4)
    address = urlsplit(postgres())
    async with door_before(address.hostname, address.port) as door:
        url = address._replace(netloc=f"{address.username}@127.0.0.1:{door.port}").geturl()
        pool = await open_pool(url, min_size=5)
        door.swallow()
        asking = asyncio.create_task(pool.fetchval("SELECT 1"))
        for _ in range(2):  # it is cancelled, and once more while its connection is given back
            await asyncio.wait({asking}, timeout=0.1)
            asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.cancelled()
        await until("the connection was given back", lambda: not giving_back())
        # None of the others is left either: the first to ask has an answer at once.
        assert await pool.fetchval("SELECT 1", timeout=TIMEOUT_S) == 1
        pool.terminate()
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_who_starts_on_a_connection_that_carries_nothing_starts_on_another(
    postgres, monkeypatch
):
    monkeypatch.setattr("servicekit.schema.CONNECT_TIMEOUT_S", 0.5)
    monkeypatch.setattr("servicekit.schema.newest_version", lambda _: "0001")
    address = urlsplit(postgres())
    asked = 0

    async with door_before(address.hostname, address.port) as door:

        async def version(connection: asyncpg.Connection) -> str:
            nonlocal asked
            asked += 1
            if asked == 1:
                door.swallow()
            return str(await connection.fetchval("SELECT '0001'"))

        monkeypatch.setattr("servicekit.schema._version", version)
        url = address._replace(netloc=f"{address.username}@127.0.0.1:{door.port}").geturl()
        await require_schema("shop", url, TIMEOUT_S)
    assert asked > 1


async def test_the_system_watches_a_connection(postgres):
    pool, engine = await open_pool(postgres(), min_size=1), create_engine(postgres())

    def options(connection: asyncpg.Connection) -> tuple[int, int]:
        connected = connection._transport.get_extra_info("socket")
        return (
            connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
        )

    async with pool.acquire() as connection:
        assert options(connection) == (1, TIMES)
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert options(raw.driver_connection) == (1, TIMES)
    await engine.dispose()
    pool.terminate()


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
