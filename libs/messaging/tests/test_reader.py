"""Reading all of a topic for a projection: from one of its ends, through lost connections."""

import parts
import pytest
from aiokafka import AIOKafkaProducer
from events import Money, ProductListed, encode
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
