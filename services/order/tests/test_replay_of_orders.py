"""Orders come out of a replay as their facts say, and nothing goes into any topic."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from events import (
    TOPICS,
    CancellationReason,
    Envelope,
    Event,
    Money,
    OrderLine,
    OrderOverdue,
    OrderPlaced,
    PaymentAuthorized,
    PaymentVoided,
    SealedPersonalData,
    ShipmentCancelled,
    StockReleased,
    StockReserved,
    encode,
)
from order import replay
from order.past import Selection
from order.settings import ReplaySettings
from servicekit.migrations import upgrade
from stores.embedded import own_kafka

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
NOW = datetime.now(UTC)
TOTAL = Money(amount=590, currency="GBP")
LINES = (OrderLine(sku="MUG", name="a mug", quantity=2, unit_price=295),)
RECIPIENT = SealedPersonalData(key_id="k1", sealed="c2VhbGVk")
Said = tuple[Event, int]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of one's own: on the shared one, topics grow by what other tests say."""
    with own_kafka(tmp_path_factory.mktemp("broker")) as settings:
        yield settings.kafka_bootstrap


def new_order() -> str:
    return f"ord_{int(NOW.timestamp() * 1000):012x}{uuid.uuid4().hex[12:]}"


def placed(order_id: str) -> Said:
    event = OrderPlaced(
        order_id=order_id,
        customer_id="cus_1",
        country="GB",
        lines=LINES,
        total=TOTAL,
        payment_token="tok_visa",
        recipient=RECIPIENT,
        placed_at=NOW,
    )
    return event, 1


def stopped(order_id: str) -> list[Said]:
    """What other services say of an order that is stopped after its goods were set aside."""
    paid = {"payment_id": "pi_1", "amount": TOTAL}
    return [
        (PaymentAuthorized(order_id=order_id, lines=LINES, recipient=RECIPIENT, **paid), 1),
        (StockReserved(order_id=order_id, lines=LINES, recipient=RECIPIENT), 1),
        (ShipmentCancelled(order_id=order_id, reason=CancellationReason.OVERDUE), 1),
        (PaymentVoided(order_id=order_id, payment_id="pi_1"), 2),
        (StockReleased(order_id=order_id, lines=()), 2),
    ]


def overdue(order_id: str) -> Said:
    return OrderOverdue(order_id=order_id, deadline=NOW), 1


async def say(kafka: str, *said: Said) -> None:
    """Publish events, the first one first; each twice, as a broker may deliver it."""
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for event, sequence in said:
            envelope = Envelope(
                event=event,
                id=uuid.uuid4(),
                source=event.topic.written_by,
                time=NOW,
                correlation_id=event.key,
                sequence=sequence,
            )
            record = encode(envelope)
            for _ in range(2):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=record.headers
                )


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
    order_id = new_order()
    # The facts lie on the topics before the order itself, and the alarm after its end.
    asyncio.run(say(kafka, *stopped(order_id), placed(order_id), overdue(order_id)))
    url = replayed(kafka, postgres, order_id=order_id)
    assert ask(url, STANDING) == [CANCELLED]
    assert ask(url, "SELECT count(*) FROM outbox") == [(0,)], "what was said there is forgotten"
    assert ask(url, "SELECT count(*) FROM inbox") == [(7,)], "repeats have no effect"
    assert ask(url, "SELECT count(*) FROM dead_letters") == [(0,)]


def test_however_old_an_open_order_is_no_deadline_rings_by_itself(kafka, postgres):
    order_id = new_order()
    asyncio.run(say(kafka, placed(order_id), *stopped(order_id)[:2]))
    url = replayed(kafka, postgres, order_id=order_id)
    assert ask(url, STANDING) == [("reserved", None, "authorized", "reserved", None, False, False)]


def test_orders_are_replayed_by_when_they_were_placed(kafka, postgres):
    order_id = new_order()
    asyncio.run(say(kafka, placed(order_id)))
    moment = timedelta(milliseconds=1)
    begin = NOW.replace(microsecond=NOW.microsecond // 1000 * 1000)
    found = replayed(kafka, postgres, since=begin, until=begin + moment)
    assert (order_id,) in ask(found, "SELECT order_id FROM orders")
    missed = replayed(kafka, postgres, since=begin + moment)
    assert (order_id,) not in ask(missed, "SELECT order_id FROM orders")


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_replayed(kafka, postgres):
    order_id = new_order()

    async def garble() -> None:
        await say(kafka, placed(order_id))
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            await producer.send_and_wait("payment-processed", b"?", key=order_id.encode())

    asyncio.run(garble())
    url = replayed(kafka, postgres, order_id=order_id)
    assert ask(url, "SELECT status FROM orders") == [("accepted",)]
    assert ask(url, "SELECT origin, key FROM dead_letters") == [("payment-processed", order_id)]


def test_an_id_that_somebody_made_up_is_of_no_time_that_there_is():
    made_up = b"ord_" + b"f" * 32
    assert Selection().covers(made_up)
    assert not Selection(until=NOW).covers(made_up)
