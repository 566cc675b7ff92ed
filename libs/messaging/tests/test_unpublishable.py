"""What no broker takes becomes a dead letter of its own, and everything else is published."""

import desk
import pytest
import tasks
from events import DeadLettered, DeadLetterSettled, Record, decode, encode
from messaging import (
    Buffer,
    OutboxRedriver,
    Publisher,
    Relay,
    set_aside_unpublishable,
    write_outbox,
)
from messaging.dead_letters.redrive import Redriver
from messaging.outbound.outbox import load_headers
from messaging.outbound.publisher import RECORD_MAX
from messaging.outbound.relay import BATCH
from testkit import samples
from testkit.listening import records_on
from testkit.waiting import TIMEOUT_S, until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
COPIES = "order-placed.order.dead-letter"
REDRIVE = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT id, $1, 'a test', 'ann' FROM dead_letters WHERE settled_at IS NULL
"""


@pytest.fixture
async def relay(database, kafka, monkeypatch):
    """A relay that sweeps at once; `made` counts the producers that it needed."""
    monkeypatch.setattr("messaging.outbound.relay.STALE_AFTER_S", 0.0)
    monkeypatch.setattr("messaging.outbound.relay.SWEEP_EVERY_S", 0.05)
    monkeypatch.setattr("messaging.dead_letters.unpublishable.LOOK_EVERY_S", 0.05)
    monkeypatch.setattr("messaging.dead_letters.redrive.LOOK_EVERY_S", 0.05)
    publisher = Publisher(kafka, "test")
    started, made = publisher._started, set()

    async def counted():
        producer = await started()
        made.add(id(producer))
        return producer

    monkeypatch.setattr(publisher, "_started", counted)
    relay = Relay(database, publisher, set_aside_unpublishable("order"))
    relay.made = made
    yield relay
    await publisher.stop()


def record(order: str, **changed) -> Record:
    envelope = encode(samples.enveloped(samples.cancellation(order)))
    known = {
        "topic": envelope.topic,
        "key": envelope.key,
        "value": envelope.value,
        "headers": envelope.headers,
    }
    return Record(**(known | changed))


def too_large(order: str) -> Record:
    return record(order, value=b"x" * RECORD_MAX)


def refused(order: str) -> dict[str, Record]:
    """Records that are refused for what they are."""
    return {
        "its value is too large": too_large(order),
        "its headers are too large": record(order, headers=[("h", b"x" * RECORD_MAX)]),
        "a header's name is no text": record(order, headers=[("\udcff", b"x")]),
    }


async def write(database, *records: Record) -> None:
    async with database.acquire() as connection, connection.transaction():
        await write_outbox(connection, records)


async def emptied(database) -> None:
    async def is_empty() -> bool:
        return not await database.fetchval("SELECT count(*) FROM outbox")

    await until("the outbox is empty", is_empty)


@pytest.mark.parametrize("kind", [*refused(samples.ORDER)])
async def test_it_is_set_aside_with_its_reason_and_its_order_is_informed(
    database, kafka, relay, kind
):
    order, other = samples.new_order(), samples.new_order()
    bad = refused(order)[kind]
    await write(database, bad, record(other))
    async with tasks.running(relay):
        await emptied(database)
    [letter] = await database.fetch("SELECT * FROM dead_letters")
    assert (letter["origin"], letter["key"]) == (f"outbox:{bad.topic}", order)
    assert letter["value"] == bad.value
    assert load_headers(letter["headers"]) == list(bad.headers)
    assert len(await records_on(kafka, bad.topic, [other])) == 1
    [notice] = await records_on(kafka, "dead-letters", [order])
    envelope = decode(notice.headers, notice.value).event
    assert isinstance(envelope, DeadLettered)
    assert (envelope.service, envelope.error) == ("order", letter["error"])
    assert len(relay.made) == 1, "the producer was replaced"


async def test_what_was_fed_and_is_refused_stays_in_the_table(database, relay):
    order, other = samples.new_order(), samples.new_order()
    async with database.acquire() as connection, connection.transaction():
        rows = await write_outbox(connection, [too_large(order), record(other)])
    relay.feed(rows)
    await relay.drain(timeout_s=TIMEOUT_S)
    [kept] = await database.fetch("SELECT key FROM outbox")
    assert kept["key"] == order.encode()


async def test_what_is_refused_never_fills_what_is_read_at_once(database, kafka, relay):
    orders = [samples.new_order() for _ in range(BATCH + 20)]
    await write(database, *(too_large(order) for order in orders[:20]))
    await write(database, *(record(order) for order in orders[20:]))
    async with tasks.running(relay):
        await emptied(database)
    assert await database.fetchval("SELECT count(*) FROM dead_letters") == 20
    assert len(await records_on(kafka, "cancellation-requested", orders)) == BATCH


async def test_a_broker_that_refuses_a_batch_refuses_only_the_record_it_means(
    database, kafka, relay, monkeypatch
):
    """A client that knows nothing of the limit finds out which record it is."""
    monkeypatch.setattr("messaging.outbound.publisher.RECORD_MAX", 2**30)
    orders = [samples.new_order() for _ in range(5)]
    large = record(orders[0], headers=[("h", b"x" * RECORD_MAX)])
    await write(database, large, *(record(order) for order in orders[1:]))
    async with tasks.running(relay):
        await emptied(database)
    [letter] = await database.fetch("SELECT * FROM dead_letters")
    assert letter["key"] == orders[0]
    published = await records_on(kafka, "cancellation-requested", orders)
    assert {one.key.decode() for one in published} == set(orders[1:])


async def test_the_copy_of_a_dead_letter_becomes_a_reference_to_it(database, kafka, relay):
    order = samples.new_order()
    place = [("x-error", b"no"), ("x-origin-topic", b"order-placed"), ("x-origin-offset", b"7")]
    copy = record(order, topic=COPIES, value=b"x" * RECORD_MAX)
    copy.headers.extend(place)
    await write(database, copy)
    async with tasks.running(relay):
        await emptied(database)
    assert await database.fetchval("SELECT count(*) FROM dead_letters") == 0
    copies = await records_on(kafka, COPIES, [""])
    assert [list(one.headers) for one in copies if one.value == b""][-1] == place


@pytest.mark.parametrize("action", ["redrive", "discard"])
@pytest.mark.parametrize("consumes", [False, True])
async def test_redriven_it_is_published_and_discarded_it_is_not(
    *, database, kafka, relay, action, consumes
):
    order = samples.new_order()
    await write(database, too_large(order))
    of_outbox, of_records = (
        OutboxRedriver(database, "order"),
        Redriver(database, desk.handlers, Buffer()),
    )
    async with tasks.running(relay, of_records if consumes else of_outbox):
        await emptied(database)
        value = record(order).value  # somebody has repaired it
        await database.execute("UPDATE dead_letters SET value = $1", value)
        await database.execute(REDRIVE, action)

        async def is_done() -> bool:
            return bool(await database.fetchval("SELECT count(done_at) FROM dead_letter_actions"))

        await until("it is done", is_done)
        await emptied(database)
    published = await records_on(kafka, "cancellation-requested", [order])
    assert [one.value for one in published] == ([value] if action == "redrive" else [])
    notices = [
        decode(one.headers, one.value).event
        for one in await records_on(kafka, "dead-letters", [order])
    ]
    assert [type(one) for one in notices] == [DeadLettered, DeadLetterSettled]
