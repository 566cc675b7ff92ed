"""Reading all of a topic for a projection: from one of its ends, through lost connections."""

import uuid

import pytest
import tasks
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from events import CancellationRequested, Event, Money, ProductListed, Topic, encode
from events.topics import PRODUCT_CATALOG
from messaging import TopicReader
from testkit import samples
from testkit.publishing import publish
from testkit.waiting import until

pytestmark = pytest.mark.kafka


class Shelf:
    """What a reader has handed over so far: the prices per SKU of one test."""

    def __init__(self, bootstrap: str, *, from_beginning: bool) -> None:
        self.consumed = []
        self.reader = TopicReader(
            bootstrap, PRODUCT_CATALOG, self.consumed.append, from_beginning=from_beginning
        )

    def prices(self, sku: str) -> list[int]:
        events = (envelope.event for envelope in self.consumed)
        return [event.unit_price.amount for event in events if event.sku == sku]

    async def until_consumed(self, sku: str, price: int) -> None:
        async def is_so() -> bool:
            return price in self.prices(sku)

        await until(f"{sku} costs {price}", is_so)


@pytest.fixture
async def list_product(kafka):
    """Publish a price, past all doors."""
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:

        async def publish(sku: str, price: int) -> None:
            money = Money(amount=price, currency="GBP")
            event = ProductListed(sku=sku, name="Mug", unit_price=money)
            record = encode(samples.enveloped(event))
            await producer.send_and_wait(
                record.topic, key=record.key, value=record.value, headers=record.headers
            )

        async def publish_nonsense() -> None:
            await producer.send_and_wait(PRODUCT_CATALOG.name, key=b"?", value=b"?")

        publish.nonsense = publish_nonsense
        yield publish


@pytest.fixture
def shelf(kafka, monkeypatch):
    """Call it for a shelf; it tries lost connections again in haste."""
    monkeypatch.setattr("messaging.reader.RETRY_S", 0.05)
    return lambda *, from_beginning: Shelf(kafka, from_beginning=from_beginning)


@pytest.fixture
def sku() -> str:
    return samples.new_order()


async def test_from_the_beginning_it_reads_what_was_published_before_and_then_what_comes(
    shelf, list_product, sku
):
    await list_product(sku, 1)
    await list_product(sku, 2)
    products = shelf(from_beginning=True)
    async with tasks.running(products.reader):
        await products.reader.caught_up.wait()
        assert products.prices(sku) == [1, 2]
        await list_product(sku, 3)
        await products.until_consumed(sku, 3)
    assert products.prices(sku) == [1, 2, 3]


async def test_from_the_end_it_reads_only_what_comes(shelf, list_product, sku):
    await list_product(sku, 1)
    products = shelf(from_beginning=False)
    async with tasks.running(products.reader):
        await products.reader.caught_up.wait()
        await list_product(sku, 2)
        await products.until_consumed(sku, 2)
    assert products.prices(sku) == [2]


async def test_it_passes_over_what_is_no_event(shelf, list_product, sku):
    await list_product.nonsense()
    await list_product(sku, 1)
    products = shelf(from_beginning=True)
    async with tasks.running(products.reader):
        await products.reader.caught_up.wait()
    assert products.prices(sku) == [1]


async def test_it_waits_for_a_broker_that_is_not_there_yet(shelf, list_product, sku, door):
    await list_product(sku, 1)
    await door.shut()
    products = shelf(from_beginning=True)
    async with tasks.running(products.reader) as [task]:
        await until("somebody calls at the door", lambda: door.callers)
        assert not task.done()
        assert not products.reader.caught_up.is_set()
        await door.open()
        await products.until_consumed(sku, 1)


@pytest.fixture(params=[True, False], ids=["from the beginning", "from the end"])
def products(shelf, request):
    return shelf(from_beginning=request.param)


async def test_after_a_lost_connection_it_goes_on_where_it_was(products, list_product, sku, door):
    async with tasks.running(products.reader) as [task]:
        await products.reader.caught_up.wait()
        await list_product(sku, 1)
        await products.until_consumed(sku, 1)
        for price in (2, 3):
            await door.shut()
            await until("somebody calls at the door", lambda: door.callers)
            await door.open()
            await list_product(sku, price)
            await products.until_consumed(sku, price)
        assert not task.done()
    assert products.prices(sku) == [1, 2, 3]


async def test_a_connection_that_carries_nothing_any_more_is_replaced(
    *, products, list_product, sku, kafka, door, monkeypatch
):
    monkeypatch.setattr("messaging.reader.REQUEST_TIMEOUT_MS", 1000)
    async with tasks.running(products.reader) as [task]:
        await products.reader.caught_up.wait()
        await list_product(sku, 1)
        await products.until_consumed(sku, 1)
        door.swallow()
        money = Money(amount=2, currency="GBP")
        await publish(
            kafka, samples.enveloped(ProductListed(sku=sku, name="Mug", unit_price=money))
        )
        await products.until_consumed(sku, 2)
        assert not task.done()
    assert products.prices(sku) == [1, 2]


@pytest.fixture
async def growing(kafka):
    """A topic of one partition, and the means to give it more and to publish to one of them."""
    name = f"growing-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])

    async def publish(partition: int, event: Event) -> None:
        record = encode(samples.enveloped(event))
        async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
            await producer.send_and_wait(
                name, record.value, headers=record.headers, partition=partition
            )

    yield Topic(name, "test"), admin, publish
    await admin.delete_topics([name])
    await admin.close()


@pytest.mark.parametrize("from_beginning", [True, False])
async def test_partitions_that_are_added_are_read_and_nothing_is_read_twice(
    kafka, growing, monkeypatch, from_beginning
):
    monkeypatch.setattr("messaging.reader.METADATA_MAX_AGE_MS", 300)
    topic, admin, publish = growing
    old, before, after = (samples.cancellation(samples.new_order()) for _ in range(3))
    await publish(0, old)
    consumed = []
    reader = TopicReader(
        kafka, topic, lambda one: consumed.append(one.event), from_beginning=from_beginning
    )
    async with tasks.running(reader):
        await reader.caught_up.wait()
        await publish(0, before)
        await until("what comes is read", lambda: before in consumed)
        await admin.create_partitions({topic.name: NewPartitions(3)})
        await publish(2, after)
        await until("the new partition is read", lambda: after in consumed)
        more = samples.cancellation(samples.new_order())
        await publish(0, more)
        await until("the old one is still read", lambda: more in consumed)
    assert consumed == [*([old] if from_beginning else []), before, after, more]


async def test_a_reader_that_fails_is_reported_and_the_next_event_handed_over(kafka, growing):
    topic, _, publish = growing
    consumed = []

    def consume(envelope):
        consumed.append(envelope.event)
        if len(consumed) == 1:
            raise OverflowError("a time that cannot be shown")

    reader = TopicReader(kafka, topic, consume, from_beginning=True)
    events = [samples.cancellation(samples.new_order()) for _ in range(2)]
    async with tasks.running(reader):
        for event in events:
            await publish(0, event)
        await until("both are handed over", lambda: consumed == events)


async def test_what_is_of_an_unknown_type_is_counted_and_passed_over(kafka, growing):
    topic, _, publish = growing

    class Praised(CancellationRequested):
        """A newer release says it."""

    event = samples.cancellation(samples.new_order())
    consumed = []
    reader = TopicReader(kafka, topic, consumed.append, from_beginning=True)
    async with tasks.running(reader):
        for one in (Praised(**event.model_dump()), event):
            await publish(0, one)
        await until("the known one is read", lambda: len(consumed) == 1)
    assert reader.unknown_types.summary() == "1 of type orderstream.Praised.v1"
