"""A rebuild on real stores: what the topics hold beside what the live database has."""

from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import OffsetAndMetadata
from orderstream.replay_check.orders import Selection
from orderstream.replay_check.rebuild import FOLLOWED, rebuild
from stack import (
    Settings,
    Steps,
    System,
    connect,
    create_database,
    infrastructure,
    migrate,
    up,
)
from stack.one_off import run_once
from testkit.publishing import publish
from testkit.samples import enveloped, new_order, placed

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
NOW = datetime.now(UTC)
SCRATCH = "SELECT datname FROM pg_database WHERE datname LIKE 'orders_replay_%'"
ROLES = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'orders_replay_%'"


async def place(settings: Settings, order_id: str) -> None:
    await publish(settings.kafka_bootstrap, enveloped(placed(order_id, placed_at=NOW), time=NOW))


async def acknowledge(settings: Settings) -> None:
    """Say for the order service that it has handled all there is."""
    async with AIOKafkaConsumer(
        *FOLLOWED, bootstrap_servers=settings.kafka_bootstrap, group_id="order"
    ) as consumer:
        await consumer.getmany(timeout_ms=100)
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
        ends = await consumer.end_offsets(list(consumer.assignment()))
        await consumer.commit({at: OffsetAndMetadata(end, "") for at, end in ends.items()})


async def ask(settings: Settings, database: str, statement: str, *values: object) -> list[object]:
    connection = await connect(settings, database)
    try:
        return [row[0] for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def started(settings: Settings) -> System:
    """Kafka, PostgreSQL and the database of the order service, without any service."""
    system = await up(settings, infrastructure(settings))
    await create_database(settings, "orders")
    await migrate(settings, "order")
    return system


async def test_the_live_orders_are_compared_with_those_that_the_topics_tell(settings: Settings):
    system = await started(settings)
    same, wrong, moving = new_order(NOW), new_order(NOW), new_order(NOW)
    await place(settings, same)
    await place(settings, wrong)
    await run_once(settings, "order", "replay")  # into the live database: it is empty and unused
    await acknowledge(settings)

    report = await rebuild(system, Selection(), Steps())
    assert (report.identical, report.differences, report.in_flight) == (2, [], [])

    await place(settings, moving)
    await ask(settings, "orders", "UPDATE orders SET country = 'FR' WHERE order_id = $1", wrong)
    report = await rebuild(system, Selection(), Steps())
    assert (report.identical, report.in_flight) == (1, [moving])
    (one,) = report.differences
    assert (one.order_id, one.field, one.live, one.rebuilt) == (wrong, "country", "FR", "GB")
    assert await ask(settings, "postgres", SCRATCH) == []
    assert await ask(settings, "postgres", ROLES) == []

    report = await rebuild(system, Selection(order_id=same), Steps(), keep=True)
    assert (report.identical, report.differences, report.in_flight) == (1, [], [])
    assert await ask(settings, "postgres", SCRATCH) == [report.kept]
    assert await ask(settings, str(report.kept), "SELECT order_id FROM orders") == [same]
