import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from events import TOPICS
from stack import (
    Folders,
    Settings,
    create_database,
    create_topics,
    infrastructure,
    pick,
    up,
)
from stack.resetting import delete_topics, empty_database, forget_books
from stack.topics import read_contents

FIRST = TopicPartition(TOPICS[0].name, 0)


@pytest.mark.postgres
async def test_a_database_loses_its_rows_and_counts_and_keeps_its_schema(
    settings: Settings,
) -> None:
    await up(settings, pick(infrastructure(settings), ["postgres"]))
    owner = await asyncpg.connect(await create_database(settings, "notes"))
    await owner.execute("""
        CREATE TABLE alembic_version AS SELECT '0002' AS version_num;
        CREATE TABLE "order" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text);
        CREATE TABLE line (order_id bigint REFERENCES "order");
        INSERT INTO "order" (word) VALUES ('old'), ('older');
        INSERT INTO line VALUES (1), (2);
    """)
    await empty_database(settings, "notes")
    assert await owner.fetchval("SELECT count(*) FROM line") == 0
    assert await owner.fetchval("SELECT version_num FROM alembic_version") == "0002"
    assert await owner.fetchval("""INSERT INTO "order" (word) VALUES ('new') RETURNING id""") == 1
    await owner.close()


@pytest.mark.kafka
async def test_deleted_topics_take_along_what_was_acknowledged(settings: Settings) -> None:
    await up(settings, pick(infrastructure(settings), ["kafka"]))
    bootstrap = settings.kafka_bootstrap
    for _ in range(2):
        async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
            await producer.send_and_wait(FIRST.topic, b"told", partition=FIRST.partition)
        async with AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id="payment") as consumer:
            consumer.assign([FIRST])
            assert await consumer.committed(FIRST) is None
            await consumer.commit({FIRST: 1})
        await delete_topics(settings)
        assert await read_contents(bootstrap) == []
        assert len(await create_topics(settings)) == len(TOPICS)


def test_the_world_outside_forgets_its_books_and_keeps_the_key_for_tokens(
    settings: Settings,
) -> None:
    folders = Folders(settings.state_dir)
    folders.create()
    for name in ("psp", "postbox", "issuer"):
        (folders.data / name).mkdir()
    forget_books(folders)
    assert [folder.name for folder in folders.data.iterdir()] == ["issuer"]
