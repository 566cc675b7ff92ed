import asyncio
from urllib.parse import urlsplit

import pytest
import structlog
from servicekit import (
    DatabaseUnreachableError,
    create_engine,
    database,
    is_connection_error,
    open_pool,
)
from servicekit.database import describe
from servicekit.metrics import registry
from testkit.doors import door_before
from testkit.waiting import until

pytestmark = pytest.mark.postgres


def test_an_address_is_described_without_role_and_password():
    assert describe("postgresql://shop:hunter2@db/orders") == "db:5432/orders"


async def test_a_pool_is_opened_with_time_limits_and_a_name(postgres):
    async with await open_pool(postgres()) as pool:
        assert await pool.fetchval("SHOW statement_timeout") == "8s"
        assert await pool.fetchval("SHOW idle_in_transaction_session_timeout") == "15s"
        assert await pool.fetchval("SHOW transaction_timeout") == "30s"
        assert await pool.fetchval("SHOW application_name") == "orderstream"


HALF_A_QUESTION = b"P\0\0\0\x10\0SELECT 1\0\0\0" + b"H\0\0\0\x04"
"""Parse and Flush, without Sync: what a process may have sent when it is stopped. The session is not idle then."""


async def test_a_process_that_stands_still_in_the_midst_of_a_question_loses_its_locks(
    postgres, monkeypatch
):
    monkeypatch.setitem(database.SERVER_SETTINGS, "transaction_timeout", "500")
    monkeypatch.setitem(database.SERVER_SETTINGS, "statement_timeout", "100")
    monkeypatch.setitem(database.SERVER_SETTINGS, "idle_in_transaction_session_timeout", "100")
    async with await open_pool(postgres()) as pool:
        await pool.execute("CREATE TABLE stock (units INT); INSERT INTO stock VALUES (1)")
        stopped = await pool.acquire()
        await stopped.execute("BEGIN")
        await stopped.execute("SELECT FROM stock FOR UPDATE")
        stopped._con._transport.write(HALF_A_QUESTION)

        async def is_free() -> bool:
            held = await pool.fetchval("SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock'")
            return held == 0

        assert not await is_free()
        await until("the server has ended its session", is_free)


async def test_nobody_waits_without_an_end_for_a_connection(postgres, monkeypatch):
    monkeypatch.setattr(database, "ACQUIRE_TIMEOUT_S", 0.1)
    async with await open_pool(postgres(), max_size=2) as pool:
        async with pool.acquire(), pool.acquire():
            with pytest.raises(TimeoutError) as away:
                await pool.fetchval("SELECT 1")
            assert is_connection_error(away.value)
        assert await pool.fetchval("SELECT 1") == 1


async def test_the_wait_for_a_connection_is_told_also_if_none_came(postgres, monkeypatch):
    def told(part: str) -> float:
        return registry.get_sample_value(f"orderstream_db_acquire_seconds_{part}") or 0.0

    monkeypatch.setattr(database, "ACQUIRE_TIMEOUT_S", 0.1)
    async with await open_pool(postgres(), max_size=2) as pool:
        waits, seconds = told("count"), told("sum")
        async with pool.acquire(), pool.acquire():
            with pytest.raises(TimeoutError):
                await pool.fetchval("SELECT 1")
        await pool.fetchval("SELECT 1")
        assert told("count") - waits == 4
        assert told("sum") - seconds >= 0.1


async def test_a_pool_waits_for_a_database_that_is_not_there_yet(postgres):
    address = urlsplit(postgres())
    async with door_before(address.hostname, address.port) as door:
        await door.shut()
        url = address._replace(netloc=f"{address.username}@127.0.0.1:{door.port}").geturl()
        with structlog.testing.capture_logs() as lines:
            opening = asyncio.create_task(open_pool(url))
            await until("somebody is told", lambda: lines)
            await door.open()
            async with await opening as pool:
                assert await pool.fetchval("SELECT 1") == 1
    (line,) = lines
    assert line["event"] == "waiting_for_database"
    assert line["at"] == f"127.0.0.1:{door.port}{address.path}"


async def test_a_pool_waits_for_a_role_or_database_that_is_not_made_yet(postgres):
    url = urlsplit(postgres())._replace(path="/nowhere").geturl()
    with pytest.raises(DatabaseUnreachableError, match='database "nowhere" does not exist'):
        await open_pool(url, wait_s=0)


async def test_who_waits_in_vain_says_for_what_and_not_with_what_password(free_port):
    url = f"postgresql://shop:hunter2@127.0.0.1:{free_port}/shop"
    with pytest.raises(DatabaseUnreachableError) as unreachable:
        await open_pool(url, wait_s=0.1)
    words = str(unreachable.value)
    assert words.startswith(f"no database at 127.0.0.1:{free_port}/shop after 0 s: ")
    assert "hunter2" not in words


async def test_an_engine_reads_the_same_database_with_the_same_limits(postgres):
    engine = create_engine(postgres(), pool_size=1)
    async with engine.connect() as connection:
        found = await connection.exec_driver_sql("SHOW statement_timeout")
        assert found.scalar() == "8s"
    await engine.dispose()
