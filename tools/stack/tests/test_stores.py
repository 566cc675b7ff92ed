import asyncio
import os
import signal
from contextlib import suppress

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from events import CHANGELOGS, TOPICS
from stack import (
    Settings,
    connect,
    create_database,
    create_topics,
    down,
    infrastructure,
    run_kafka_tool,
    up,
)
from stack.kafka import wait_ready
from stack.postgres import installation
from testkit.waiting import TIMEOUT_S, until


async def write_and_read(bootstrap: str, topic: str, value: bytes) -> bytes:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=b"an-order")
    finally:
        await producer.stop()
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    try:
        await consumer.start()
        return (await asyncio.wait_for(consumer.getone(), TIMEOUT_S)).value
    finally:
        await consumer.stop()


async def read_note(settings: Settings) -> str:
    """Read what was noted, as soon as the server answers again."""

    async def connected() -> asyncpg.Connection | None:
        with suppress(OSError, asyncpg.PostgresError):
            return await connect(settings, "notes")
        return None

    connection = await until("the server is back", connected)
    try:
        return await connection.fetchval("SELECT word FROM note")
    finally:
        await connection.close()


@pytest.mark.kafka
@pytest.mark.postgres
async def test_both_stores_start_keep_their_data_over_a_stop_and_over_a_kill(
    settings: Settings,
) -> None:
    first = await up(settings, infrastructure(settings))
    assert await write_and_read(settings.kafka_bootstrap, TOPICS[0].name, b"told") == b"told"
    owner = await asyncpg.connect(await create_database(settings, "notes"))
    await owner.execute("CREATE TABLE note AS SELECT 'kept' AS word")
    await owner.close()
    states = first.states()
    assert all(state.pid for state in states.values()), states
    processes = [psutil.Process(state.pid) for state in states.values()]
    backends = [child for one in processes for child in one.children(recursive=True)]
    await down(settings.state_dir)
    assert not [one for one in processes + backends if one.is_running()]

    again = await up(settings, infrastructure(settings))
    assert await read_note(settings) == "kept"
    os.kill(again.states()["postgres"].pid, signal.SIGKILL)
    assert await read_note(settings) == "kept"
    killed = psutil.Process(again.states()["kafka"].pid)
    killed.kill()
    killed.wait(TIMEOUT_S)
    await asyncio.wait_for(wait_ready(settings), TIMEOUT_S)
    assert await write_and_read(settings.kafka_bootstrap, TOPICS[0].name, b"two") == b"told"


@pytest.mark.kafka
async def test_every_topic_has_the_policy_that_the_events_ask_for(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        described = {one["topic"]: one for one in await admin.describe_topics()}
    finally:
        await admin.close()
    for topic in TOPICS:
        assert len(described[topic.name]["partitions"]) == (topic.partitions or 3)


@pytest.mark.kafka
async def test_topics_are_created_only_once(kafka: str, settings: Settings) -> None:
    there = settings.model_copy(update={"kafka_port": int(kafka.rpartition(":")[2])})
    assert await create_topics(there) == []


@pytest.mark.kafka
async def test_a_changelog_is_given_the_partitions_that_it_lacks(
    spare_kafka: str, settings: Settings
) -> None:
    there = settings.model_copy(update={"kafka_port": int(spare_kafka.rpartition(":")[2])})
    [(changelog, counted)] = [(topic.name, topic.as_many_as) for topic in CHANGELOGS]
    admin = AIOKafkaAdminClient(bootstrap_servers=spare_kafka)
    await admin.start()

    async def counts() -> dict[str, int]:
        described = await admin.describe_topics([changelog, counted])
        return {one["topic"]: len(one["partitions"]) for one in described}

    try:
        more = max((await counts()).values()) + 1
        await admin.create_partitions({counted: NewPartitions(more)})

        async def fits() -> bool:
            assert await create_topics(there) == []
            return await counts() == {changelog: more, counted: more}

        await until("the changelog has as many", fits)
    finally:
        await admin.close()


@pytest.mark.kafka
def test_kafkas_own_tools_run_from_the_same_jars(kafka: str) -> None:
    topic_command = "org.apache.kafka.tools.TopicCommand"
    result = run_kafka_tool(topic_command, "--bootstrap-server", kafka, "--describe")
    assert result.returncode == 0
    assert "product-catalog" in result.stdout
    assert "cleanup.policy=compact" in result.stdout


@pytest.mark.postgres
async def test_a_role_enters_its_own_database_and_no_other(postgres) -> None:
    mine, other = postgres(), postgres()
    connection = await asyncpg.connect(mine)
    await connection.execute("CREATE TABLE note (word text)")
    await connection.close()
    role = mine.split("//")[1].split("@")[0]
    other_role = other.split("//")[1].split("@")[0]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(other.replace(f"//{other_role}@", f"//{role}@"))


async def test_a_name_that_is_no_plain_identifier_is_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match="no name for a database"):
        await create_database(settings, "orders; DROP TABLE orders")


def test_postgresql_brings_its_own_tools() -> None:
    assert {"psql", "pgbench"} <= {file.name for file in (installation() / "bin").iterdir()}
