"""Orders come out of a replay as their facts say, and nothing goes into any topic."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from events import (
    TOPICS,
    CancellationReason,
    Event,
    OrderOverdue,
    PaymentAuthorized,
    PaymentVoided,
    ShipmentCancelled,
    StockReleased,
    StockReserved,
)
from order import replay
from order.log_reader import Selection
from order.settings import ReplaySettings
from servicekit.migrations import upgrade
from testkit import raw_batches
from testkit.publishing import publish
from testkit.raw_batches import Raw
from testkit.samples import LINES, SEALED, TOTAL, enveloped, new_order, placed

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
NOW = datetime.now(UTC)
Published = tuple[Event, int]
MANY = 12
"""So many that cannot be read in a row would make a worker pause."""


@pytest.fixture
def kafka(spare_kafka: str) -> str:
    """A broker of one's own: on the shared one, topics grow by what other tests say."""
    return spare_kafka


def accepted(order_id: str) -> Published:
    return placed(order_id, placed_at=NOW), 1


def stopped(order_id: str) -> list[Published]:
    """What other services say of an order that is stopped after its goods were set aside."""
    paid = {"payment_id": "pi_1", "amount": TOTAL}
    return [
        (PaymentAuthorized(order_id=order_id, lines=LINES, recipient=SEALED, **paid), 1),
        (StockReserved(order_id=order_id, lines=LINES, recipient=SEALED), 1),
        (ShipmentCancelled(order_id=order_id, reason=CancellationReason.OVERDUE), 1),
        (PaymentVoided(order_id=order_id, payment_id="pi_1"), 2),
        (StockReleased(order_id=order_id, lines=()), 2),
    ]


def overdue(order_id: str) -> Published:
    return OrderOverdue(order_id=order_id, deadline=NOW), 1


async def publish_twice(kafka: str, *events: Published) -> None:
    """Publish events, the first one first; each twice, as a broker may deliver it."""
    await publish(kafka, *(enveloped(event, sequence=number) for event, number in events), times=2)


async def ends_of_all_topics(kafka: str) -> dict[object, int]:
    names = [topic.name for topic in TOPICS]
    async with AIOKafkaConsumer(*names, bootstrap_servers=kafka) as consumer:
        ends: dict[object, int] = await consumer.end_offsets(list(consumer.assignment()))
        return ends


def replayed(kafka: str, postgres: Callable[[], str], **selected: object) -> str:
    """The address of a database with the rebuilt orders; no topic has grown meanwhile."""
    url = postgres()
    upgrade("order", url)
    before = asyncio.run(ends_of_all_topics(kafka))
    replay.run(ReplaySettings(kafka_bootstrap=kafka, database_url=url, **selected))
    assert asyncio.run(ends_of_all_topics(kafka)) == before
    return url


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    async def fetch() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(fetch())


STANDING = "SELECT status, reason, payment, stock, shipment, overdue, stopping FROM orders"
CANCELLED = ("cancelled", "overdue", "voided", "released", "cancelled", True, True)


def test_an_order_is_what_its_facts_say_and_its_deadline_rings_where_it_rang(kafka, postgres):
    order_id = new_order(NOW)
    # The facts lie on the topics before the order itself, and the timer after its end.
    asyncio.run(publish_twice(kafka, *stopped(order_id), accepted(order_id), overdue(order_id)))
    url = replayed(kafka, postgres, order_id=order_id)
    assert ask(url, STANDING) == [CANCELLED]
    assert ask(url, "SELECT count(*) FROM outbox") == [(0,)], "what was said there is forgotten"
    assert ask(url, "SELECT count(*) FROM inbox") == [(7,)], "repeats have no effect"
    assert ask(url, "SELECT count(*) FROM dead_letters") == [(0,)]


def test_however_old_an_open_order_is_no_deadline_rings_by_itself(kafka, postgres):
    order_id = new_order(NOW)
    asyncio.run(publish_twice(kafka, accepted(order_id), *stopped(order_id)[:2]))
    url = replayed(kafka, postgres, order_id=order_id)
    assert ask(url, STANDING) == [("reserved", None, "authorized", "reserved", None, False, False)]


def test_orders_are_replayed_by_when_they_were_placed(kafka, postgres):
    order_id = new_order(NOW)
    asyncio.run(publish_twice(kafka, accepted(order_id)))
    moment = timedelta(milliseconds=1)
    begin = NOW.replace(microsecond=NOW.microsecond // 1000 * 1000)
    found = replayed(kafka, postgres, since=begin, until=begin + moment)
    assert (order_id,) in ask(found, "SELECT order_id FROM orders")
    missed = replayed(kafka, postgres, since=begin + moment)
    assert (order_id,) not in ask(missed, "SELECT order_id FROM orders")


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_replayed(kafka, postgres):
    order_id = new_order(NOW)

    async def garble() -> None:
        await publish_twice(kafka, accepted(order_id))
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            for _ in range(MANY):
                await producer.send("payment-processed", b"?", key=order_id.encode())
        nameless = raw_batches.batch(Raw(order_id.encode(), b"?", [(b"\xff", b"?")]))
        await raw_batches.produce(kafka, "payment-processed", 0, nameless)

    asyncio.run(garble())
    url = replayed(kafka, postgres, order_id=order_id)
    assert ask(url, "SELECT status FROM orders") == [("accepted",)]
    letters = ask(url, "SELECT DISTINCT origin, key, count(*) OVER () FROM dead_letters")
    assert letters == [("payment-processed", order_id, MANY)]


def test_an_id_that_somebody_made_up_is_of_no_time_that_there_is():
    made_up = b"ord_" + b"f" * 32
    assert Selection().covers(made_up)
    assert not Selection(until=NOW).covers(made_up)
