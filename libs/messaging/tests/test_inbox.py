"""The inbox admits an event once, from however many connections it is brought."""

import asyncio
import uuid

import pytest
from messaging import inbox, purging
from testkit.locks import waiting_for_locks
from testkit.waiting import until

pytestmark = pytest.mark.postgres


@pytest.fixture
def ids() -> list[uuid.UUID]:
    return [uuid.uuid4() for _ in range(30)]


async def test_only_what_is_new_is_admitted(database, ids):
    async with database.acquire() as connection:
        assert await inbox.admit(connection, ids[:10]) == set(ids[:10])
        assert await inbox.admit(connection, ids[5:15] * 2) == set(ids[10:15])
        assert await inbox.admit(connection, []) == set()


@pytest.fixture
def until_waiting(database):
    """Wait until so many sessions wait for somebody else's row."""

    async def wait(number: int) -> None:
        async def is_so() -> bool:
            return await waiting_for_locks(database) >= number

        await until(f"{number} sessions wait", is_so)

    return wait


@pytest.fixture
def admit(database):
    """Admit ids in a transaction of one's own."""

    async def admit(ids) -> set:
        async with database.acquire() as connection, connection.transaction():
            return await inbox.admit(connection, ids)

    return admit


async def test_many_transactions_at_once_admit_it_once(admit, ids):
    groups = [ids, ids[::-1], ids[10:] + ids[:10], ids[:20]] * 2
    admitted = await asyncio.gather(*(admit(group) for group in groups))
    assert sorted(event_id for group in admitted for event_id in group) == sorted(ids)


async def test_two_that_bring_the_same_in_another_order_do_not_wait_in_a_ring(
    database, admit, ids, until_waiting
):
    low, middle, high = sorted(ids[:3])
    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await inbox.admit(connection, [middle])
        both = [
            asyncio.create_task(admit(group))
            for group in ([low, middle, high], [high, middle, low])
        ]
        await until_waiting(2)
        await transaction.rollback()
        admitted = await asyncio.gather(*both)
    assert sorted(map(len, admitted)) == [0, 3]


async def test_what_is_rolled_back_may_come_again(database, admit, ids, until_waiting):
    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await inbox.admit(connection, ids)
        late = asyncio.create_task(admit(ids))
        await until_waiting(1)
        assert not late.done()
        await transaction.rollback()
        assert await late == set(ids)


async def test_more_than_one_batch_is_forgotten_at_once(database, ids, monkeypatch):
    monkeypatch.setattr(purging, "BATCH", 7)
    async with database.acquire() as connection:
        await inbox.admit(connection, ids)
        await connection.execute("UPDATE inbox SET handled_at = now() - interval '9 days'")
        await purging.purge(connection, inbox.PURGE, 8)
        assert await connection.fetchval("SELECT count(*) FROM inbox") == 0


async def test_only_what_outlived_every_repeat_is_forgotten(database, ids):
    async with database.acquire() as connection:
        await inbox.admit(connection, ids)
        aged = "UPDATE inbox SET handled_at = now() - interval '9 days' WHERE event_id = ANY($1)"
        await connection.execute(aged, ids[:20])
        await purging.purge(connection, inbox.PURGE, 8)
        left = {row[0] for row in await connection.fetch("SELECT event_id FROM inbox")}
    assert left == set(ids[20:])
