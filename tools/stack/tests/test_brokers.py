import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from events import TOPICS
from stack import (
    Settings,
    SettingsError,
    down,
    free_ports,
    infrastructure,
    kafka,
    load,
    pick,
    up,
)
from stack.kafka import NAMES, KafkaFormatError, prepare, properties

OFFSETS = "__consumer_offsets"


@pytest.fixture
def three(settings: Settings) -> Settings:
    return settings.model_copy(update={"brokers": 3})


def test_there_are_one_or_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERSTREAM_BROKERS", "3")
    assert load().brokers == 3
    with pytest.raises(SettingsError, match="ORDERSTREAM_BROKERS=2: must be 1 or 3"):
        load(brokers=2)


def test_clients_are_given_all_of_them(three: Settings) -> None:
    ports = [port for process in infrastructure(three)[:3] for port in list(process.ports)[:1]]
    assert three.kafka_bootstrap == ",".join(f"127.0.0.1:{port}" for port in ports)


def test_two_of_three_must_have_what_is_acknowledged(three: Settings, settings: Settings) -> None:
    assert "min.insync.replicas=2\n" in properties(three, 1)
    assert "min.insync.replicas=1\n" in properties(settings, 1)


@pytest.mark.kafka
async def test_each_of_three_keeps_every_record_and_another_number_is_refused(
    three: Settings,
) -> None:
    system = await up(three, pick(infrastructure(three), NAMES))
    assert set(system.states()) == {"kafka", "kafka-2", "kafka-3"}
    consumer = AIOKafkaConsumer(bootstrap_servers=three.kafka_bootstrap, group_id="somebody")
    admin = AIOKafkaAdminClient(bootstrap_servers=three.kafka_bootstrap)
    consumer.subscribe([TOPICS[0].name])
    async with consumer:  # the first group makes Kafka's own topic
        await admin.start()
        described = await admin.describe_topics([*(topic.name for topic in TOPICS), OFFSETS])
        await admin.close()
    copies = {(t["topic"], len(p["replicas"])) for t in described for p in t["partitions"]}
    assert copies == {(name, 3) for name in (*(topic.name for topic in TOPICS), OFFSETS)}
    await down(three.state_dir)

    alone = load(state_dir=three.state_dir, **free_ports())
    with pytest.raises(KafkaFormatError, match=r"--brokers 3 .* orderstream down --erase"):
        await up(alone, pick(infrastructure(alone), ["kafka"]))


@pytest.mark.kafka
def test_a_folder_of_one_broker_is_refused_for_three(settings: Settings, three: Settings) -> None:
    settings.state_dir.mkdir()
    prepare(settings)
    prepare(settings)
    with pytest.raises(KafkaFormatError, match=r"kept by 1 .* and 3 shall start"):
        prepare(three)


async def test_a_question_to_a_broker_is_not_cut_short(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answers, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def ask(*_: object) -> bool:
        asked.set()
        await answers.wait()
        ended.set()
        return True

    monkeypatch.setattr(kafka, "_takes_part", ask)
    waiting = asyncio.create_task(kafka.wait_ready(settings))
    await asked.wait()
    waiting.cancel()
    asyncio.get_running_loop().call_soon(answers.set)
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert ended.is_set()
