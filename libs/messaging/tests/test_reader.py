"""Reading all of a topic for a projection: from one of its ends, through lost connections."""

import uuid

import parts
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from events import CancellationRequested, Event, Money, ProductListed, Topic, encode
from events.topics import PRODUCT_CATALOG
from messaging.reader import TopicReader
from testkit import samples
from testkit.speaking import say
from testkit.waiting import until

pytestmark = pytest.mark.kafka


class Shelf:
    """What a reader has handed over so far: the prices per SKU of one test."""

    def __init__(self, bootstrap: str, *, from_beginning: bool) -> None:
        self.heard = []
        self.reader = TopicReader(
            bootstrap, PRODUCT_CATALOG, self.heard.append, from_beginning=from_beginning
        )

    def prices(self, sku: str) -> list[int]:
        events = (envelope.event for envelope in self.heard)
        return [event.unit_price.amount for event in events if event.sku == sku]

    async def until_heard(self, sku: str, price: int) -> None:
        async def is_so() -> bool:
            return price in self.prices(sku)

        await until(f"{sku} costs {price}", is_so)


@pytest.fixture
async def list_product(kafka):
    """Publish a price, past all doors."""
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:

        async def say(sku: str, price: int) -> None:
            money = Money(amount=price, currency="GBP")
            event = ProductListed(sku=sku, name="Mug", unit_price=money)
            record = encode(samples.said(event))
            await producer.send_and_wait(
                record.topic, key=record.key, value=record.value, headers=record.headers
            )

        async def say_nonsense() -> None:
            await producer.send_and_wait(PRODUCT_CATALOG.name, key=b"?", value=b"?")

        say.nonsense = say_nonsense
        yield say


@pytest.fixture
def shelf(kafka, monkeypatch):
    """Call it for a shelf; it tries lost connections again in haste."""
    monkeypatch.setattr("messaging.reader.RETRY_S", 0.05)
    return lambda *, from_beginning: Shelf(kafka, from_beginning=from_beginning)


@pytest.fixture
def sku() -> str:
    return samples.new_order()


async def test_from_the_beginning_it_hears_what_was_said_before_and_then_what_comes(
    shelf, list_product, sku
):
    await list_product(sku, 1)
    await list_product(sku, 2)
    products = shelf(from_beginning=True)
    async with parts.running(products.reader):
        await products.reader.caught_up.wait()
        assert products.prices(sku) == [1, 2]
        await list_product(sku, 3)
        await products.until_heard(sku, 3)
    assert products.prices(sku) == [1, 2, 3]


async def test_from_the_end_it_hears_only_what_comes(shelf, list_product, sku):
    await list_product(sku, 1)
    products = shelf(from_beginning=False)
    async with parts.running(products.reader):
        await products.reader.caught_up.wait()
        await list_product(sku, 2)
        await products.until_heard(sku, 2)
    assert products.prices(sku) == [2]


async def test_it_passes_over_what_is_no_event(shelf, list_product, sku):
    await list_product.nonsense()
    await list_product(sku, 1)
    products = shelf(from_beginning=True)
    async with parts.running(products.reader):
        await products.reader.caught_up.wait()
    assert products.prices(sku) == [1]


async def test_it_waits_for_a_broker_that_is_not_there_yet(shelf, list_product, sku, door):
    await list_product(sku, 1)
    await door.shut()
    products = shelf(from_beginning=True)
    async with parts.running(products.reader) as [task]:
        await until("somebody calls at the door", lambda: door.callers)
        assert not task.done()
        assert not products.reader.caught_up.is_set()
        await door.open()
        await products.until_heard(sku, 1)


@pytest.fixture(params=[True, False], ids=["from the beginning", "from the end"])
def products(shelf, request):
    return shelf(from_beginning=request.param)


async def test_after_a_lost_connection_it_goes_on_where_it_was(products, list_product, sku, door):
    async with parts.running(products.reader) as [task]:
        await products.reader.caught_up.wait()
        await list_product(sku, 1)
        await products.until_heard(sku, 1)
        for price in (2, 3):
            await door.shut()
            await until("somebody calls at the door", lambda: door.callers)
            await door.open()
            await list_product(sku, price)
            await products.until_heard(sku, price)
        assert not task.done()
    assert products.prices(sku) == [1, 2, 3]


async def test_a_connection_that_carries_nothing_any_more_is_replaced(
    *, products, list_product, sku, kafka, door, monkeypatch
):
    monkeypatch.setattr("messaging.reader.REQUEST_TIMEOUT_MS", 1000)
    async with parts.running(products.reader) as [task]:
        await products.reader.caught_up.wait()
        await list_product(sku, 1)
        await products.until_heard(sku, 1)
        door.swallow()
        money = Money(amount=2, currency="GBP")
        await say(kafka, samples.said(ProductListed(sku=sku, name="Mug", unit_price=money)))
        await products.until_heard(sku, 2)
        assert not task.done()
    assert products.prices(sku) == [1, 2]


@pytest.fixture
async def growing(kafka):
    """A topic of one partition, and the means to give it more and to publish to one of them."""
    name = f"growing-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])

    async def say(partition: int, event: Event) -> None:
        record = encode(samples.said(event))
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            await producer.send_and_wait(
                name, record.value, headers=record.headers, partition=partition
            )

    yield Topic(name, "test"), admin, say
    await admin.delete_topics([name])
    await admin.close()


@pytest.mark.parametrize("from_beginning", [True, False])
async def test_partitions_that_are_added_are_read_and_nothing_is_read_twice(
    kafka, growing, monkeypatch, from_beginning
):
    monkeypatch.setattr("messaging.reader.METADATA_MAX_AGE_MS", 300)
    topic, admin, say = growing
    old, before, after = (samples.cancellation(samples.new_order()) for _ in range(3))
    await say(0, old)
    heard = []
    reader = TopicReader(
        kafka, topic, lambda one: heard.append(one.event), from_beginning=from_beginning
    )
    async with parts.running(reader):
        await reader.caught_up.wait()
        await say(0, before)
        await until("what comes is heard", lambda: before in heard)
        await admin.create_partitions({topic.name: NewPartitions(3)})
        await say(2, after)
        await until("the new partition is heard", lambda: after in heard)
        more = samples.cancellation(samples.new_order())
        await say(0, more)
        await until("the old one is heard on", lambda: more in heard)
    assert heard == [*([old] if from_beginning else []), before, after, more]


async def test_a_hearer_that_fails_is_told_and_the_next_event_handed_over(kafka, growing):
    topic, _, say = growing
    heard = []

    def hear(envelope):
        heard.append(envelope.event)
        if len(heard) == 1:
            raise OverflowError("a time that nobody can show")

    reader = TopicReader(kafka, topic, hear, from_beginning=True)
    events = [samples.cancellation(samples.new_order()) for _ in range(2)]
    async with parts.running(reader):
        for event in events:
            await say(0, event)
        await until("both are handed over", lambda: heard == events)


async def test_what_is_of_an_unknown_type_is_counted_and_passed_over(kafka, growing):
    topic, _, say = growing

    class Praised(CancellationRequested):
        """A newer release says it."""

    event = samples.cancellation(samples.new_order())
    heard = []
    reader = TopicReader(kafka, topic, heard.append, from_beginning=True)
    async with parts.running(reader):
        for one in (Praised(**event.model_dump()), event):
            await say(0, one)
        await until("the known one is heard", lambda: len(heard) == 1)
    assert reader.strangers.told() == "1 of type orderstream.Praised.v1"
