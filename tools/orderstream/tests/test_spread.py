from collections import Counter

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from events.topics import DEAD_LETTERS, ORDER_PLACED
from orderstream.cli import app
from orderstream.partition_skew import (
    GroupPosition,
    Partition,
    TopicSpread,
    read_spread,
    show_spread,
)
from rich.console import Console
from stack import Settings, infrastructure, up
from typer.testing import CliRunner

HOT, COLD = b"ord_00000000000000000000000000000000", b"ord_11111111111111111111111111111111"


def topic(*counts: dict[bytes, int]) -> TopicSpread:
    """A topic with so many records of each key in each partition."""
    partitions = [Partition(number, Counter(keys), []) for number, keys in enumerate(counts)]
    return TopicSpread("order-placed", partitions)


@pytest.mark.parametrize(
    ("counts", "skew"),
    [
        ([{HOT: 5}, {COLD: 5}, {b"c": 5}], 1.0),
        ([{HOT: 6}, {COLD: 2}, {b"c": 1}], 2.0),
        ([{HOT: 9}, {}, {}], 3.0),
    ],
)
def test_the_skew_compares_the_fullest_partition_with_the_mean(
    counts: list[dict[bytes, int]], skew: float
) -> None:
    assert topic(*counts).skew == skew


def test_the_hottest_keys_come_first_and_are_counted_over_all_partitions() -> None:
    assert topic({HOT: 2, b"a": 1}, {COLD: 3, b"a": 3}).hottest == [
        ("a", 4),
        (COLD.decode(), 3),
        (HOT.decode(), 2),
    ]


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    consumed = [GroupPosition("order", "order-2", 0), GroupPosition("payment", None, 4)]
    spread = TopicSpread("order-placed", [Partition(0, Counter({HOT: 4}), consumed)])
    show_spread([spread, TopicSpread("order-overdue", [])], Console(width=200))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "order-placed 0 4 100% order-2 (0), no one for payment (4)" in lines
    assert "order-placed 4 1.00 00000000 4" in lines
    assert "Without a record: order-overdue" in lines


def test_an_unknown_topic_is_refused_with_those_that_there_are() -> None:
    result = CliRunner().invoke(app, ["spread", "order-plaxed"])
    assert result.exit_code == 1
    assert "no topic is called order-plaxed; there are: order-placed, " in result.stderr


@pytest.mark.kafka
async def test_records_lag_and_instances_are_read_from_the_broker(settings: Settings) -> None:
    await up(settings, infrastructure(settings)[:1])
    bootstrap = settings.kafka_bootstrap
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for partition, key in ((0, HOT), (0, HOT), (0, COLD), (1, COLD)):
            await producer.send_and_wait(ORDER_PLACED.name, b"{}", key, partition)
    first = TopicPartition(ORDER_PLACED.name, 0)
    async with AIOKafkaConsumer(
        ORDER_PLACED.name,
        bootstrap_servers=bootstrap,
        group_id="payment",
        client_id="payment-1",
        enable_auto_commit=False,
    ) as consumer:
        await consumer.commit({first: 2})
        placed, dead = await read_spread(bootstrap, [ORDER_PLACED, DEAD_LETTERS])
    assert [partition.keys for partition in placed.partitions] == [
        Counter({HOT: 2, COLD: 1}),
        Counter({COLD: 1}),
        Counter(),
    ]
    assert placed.partitions[0].positions == [
        GroupPosition("order", None, 3),
        GroupPosition("payment", "payment-1", 1),
    ]
    assert (placed.skew, dead.records) == (2.25, 0)
