"""The inbox admits an event once, from however many connections it is brought."""

import asyncio
import uuid

import pytest
from messaging import inbox

pytestmark = pytest.mark.postgres


@pytest.fixture
def ids() -> list[uuid.UUID]:
    return [uuid.uuid4() for _ in range(30)]


async def test_only_what_is_new_is_admitted(database, ids):
    async with database.acquire() as connection:
        assert await inbox.admit(connection, ids[:10]) == set(ids[:10])
        assert await inbox.admit(connection, ids[5:15] * 2) == set(ids[10:15])
        assert await inbox.admit(connection, []) == set()


async def test_two_transactions_at_once_admit_it_once(database, ids):
    async def admit(some) -> set:
        async with database.acquire() as connection, connection.transaction():
            return await inbox.admit(connection, some)

    # Each in another order: were they not sorted, some would wait for each other in a ring.
    groups = [ids, ids[::-1], ids[10:] + ids[:10], ids[:20]] * 2
    admitted = await asyncio.gather(*(admit(group) for group in groups))
    assert sorted(event_id for group in admitted for event_id in group) == sorted(ids)


async def test_what_is_rolled_back_may_come_again(database, ids, desk):
    async def waiting() -> int:
        return await database.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )

    async def second() -> set:
        async with database.acquire() as other:
            return await inbox.admit(other, ids)

    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await inbox.admit(connection, ids)
        late = asyncio.create_task(second())
        await desk.eventually(waiting)
        assert not late.done()
        await transaction.rollback()
        assert await late == set(ids)


async def test_only_what_outlived_every_repeat_is_forgotten(database, ids):
    async with database.acquire() as connection:
        await inbox.admit(connection, ids)
        aged = "UPDATE inbox SET handled_at = now() - interval '9 days' WHERE event_id = ANY($1)"
        await connection.execute(aged, ids[:20])
        await connection.execute(inbox.PURGE, 8)
        left = {row[0] for row in await connection.fetch("SELECT event_id FROM inbox")}
    assert left == set(ids[20:])
