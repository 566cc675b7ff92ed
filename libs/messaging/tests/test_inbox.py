"""The inbox admits an event once, from however many connections it is brought."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from messaging.inbound import inbox
from messaging.inbound.inbox import InboxRetention
from servicekit import purging
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
        await purging.purge(connection, inbox.PURGE, timedelta(days=8))
        assert await connection.fetchval("SELECT count(*) FROM inbox") == 0


async def test_only_what_outlived_every_repeat_is_forgotten(database, ids):
    async with database.acquire() as connection:
        await inbox.admit(connection, ids)
        aged = "UPDATE inbox SET handled_at = now() - interval '9 days' WHERE event_id = ANY($1)"
        await connection.execute(aged, ids[:20])
        await purging.purge(connection, inbox.PURGE, timedelta(days=8))
        left = {row[0] for row in await connection.fetch("SELECT event_id FROM inbox")}
    assert left == set(ids[20:])


@pytest.mark.kafka
async def test_the_inbox_remembers_longer_than_its_topics_keep(database, kafka, ids):
    topics = [f"kept-{uuid.uuid4().hex}" for _ in range(2)]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    hour = 3_600_000
    await admin.create_topics(
        [
            NewTopic(topics[0], 1, 1, topic_configs=_kept(hour, hour)),
            NewTopic(topics[1], 1, 1, topic_configs=_kept(30 * 24 * hour, 7 * 24 * hour)),
        ]
    )
    aged = "UPDATE inbox SET handled_at = now() - make_interval(days => $2) WHERE event_id = $1"
    async with database.acquire() as connection:
        await inbox.admit(connection, ids[:2])
        await connection.execute(aged, ids[0], 37)
        await connection.execute(aged, ids[1], 39)

    async def is_forgotten() -> bool:
        await InboxRetention(database, kafka, topics).purge()
        return await database.fetchval("SELECT count(*) FROM inbox") == 1

    await until("the broker knows the topics, and the older one is forgotten", is_forgotten)
    assert [row[0] for row in await database.fetch("SELECT event_id FROM inbox")] == ids[:1]
    for_ever = {"retention.ms": "-1"}
    await admin.create_topics([NewTopic(f"{topics[0]}-ever", 1, 1, topic_configs=for_ever)])
    await database.execute("UPDATE inbox SET handled_at = now() - interval '9 years'")
    await InboxRetention(database, kafka, [*topics, f"{topics[0]}-ever"]).purge()
    assert await database.fetchval("SELECT count(*) FROM inbox") == 1
    await admin.delete_topics([*topics, f"{topics[0]}-ever"])
    await admin.close()


def _kept(retention_ms: int, segment_ms: int) -> dict[str, str]:
    return {"retention.ms": str(retention_ms), "segment.ms": str(segment_ms)}
