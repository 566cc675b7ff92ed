"""What cannot be handled is set aside whole, with the reason, and nothing waits for it."""

import json
from dataclasses import replace

import desk
import pytest
from events import Record, decode, encode
from messaging import Delivery, MessageContext, Processor, Publisher, Relay, set_aside_unpublishable
from messaging.outbound.outbox import load_headers, read_row
from testkit import samples
from testkit.listening import records_on

NOT_UTF8 = b"\xff\xfe\x00\x80"


@pytest.fixture
def processor(database):
    return Processor(desk.handlers, desk.DeskWork, database, lambda _: None)


async def letters(database) -> list:
    return await database.fetch("SELECT * FROM dead_letters ORDER BY id")


async def outbox_records(database) -> list[Record]:
    rows = await database.fetch("SELECT * FROM outbox ORDER BY position")
    return [
        Record(row["topic"], row["key"], row["value"], load_headers(row["headers"])) for row in rows
    ]


@pytest.mark.postgres
async def test_one_poison_event_in_a_batch_is_set_aside_and_the_others_are_handled(
    database, processor
):
    orders = [samples.new_order() for _ in range(7)]
    facts = [desk.poison(o) if n == 3 else samples.cancellation(o) for n, o in enumerate(orders)]
    batch = desk.deliveries(*facts)
    await processor.process(batch)
    [letter] = await letters(database)
    poison = batch[3].record
    assert letter["error"] == "RuntimeError: cannot handle poison"
    assert (letter["origin"], letter["offset"]) == ("payment-processed", poison.offset)
    assert (letter["key"], letter["value"]) == (orders[3], poison.value)
    assert tuple(load_headers(letter["headers"])) == poison.headers
    handled = await database.fetch("SELECT order_id, cancellations FROM papers")
    assert dict(map(tuple, handled)) == {order: 1 for order in orders if order != orders[3]}
    assert await desk.count(database, "inbox") == 7


@pytest.mark.postgres
async def test_the_refused_record_goes_to_its_topic_untouched_with_the_error_beside(
    database, processor
):
    record = encode(samples.enveloped(desk.poison(samples.new_order())))
    await processor.process([delivery := desk.delivery_of(record)])
    [records, _] = await outbox_records(database)
    assert records.topic == "payment-processed.order.dead-letter"
    assert (records.key, records.value) == (record.key, record.value)
    assert records.headers[: len(record.headers)] == record.headers
    assert dict(records.headers[len(record.headers) :]) == {
        "x-error": b"RuntimeError: cannot handle poison",
        "x-origin-topic": b"payment-processed",
        "x-origin-partition": b"0",
        "x-origin-offset": str(delivery.record.offset).encode(),
    }


@pytest.mark.postgres
async def test_a_repeat_of_a_poison_event_is_not_a_second_dead_letter(database, processor):
    record = encode(samples.enveloped(desk.poison(samples.new_order())))
    for _ in range(2):
        await processor.process([desk.delivery_of(record), desk.delivery_of(record)])
    assert await desk.counts(database, "dead_letters") == [1]
    assert [record_.topic for record_ in await outbox_records(database)] == [
        "payment-processed.order.dead-letter",
        "dead-letters",
    ]


@pytest.mark.postgres
async def test_the_order_is_informed_of_its_dead_letter(database, processor):
    order = samples.new_order()
    [delivery] = desk.deliveries(desk.poison(order))
    await processor.process([delivery])
    [_, records] = await outbox_records(database)
    notice = decode(records.headers, records.value)
    [letter] = await letters(database)
    assert (notice.source, notice.causation_id) == ("order", delivery.event_id)
    assert (notice.event.order_id, notice.event.service) == (order, "order")
    assert (notice.event.letter, notice.event.fact) == (
        letter["id"],
        "orderstream.PaymentDeclined.v1",
    )
    assert notice.event.error == "RuntimeError: cannot handle poison"


@pytest.mark.postgres
async def test_a_notice_that_cannot_be_handled_breeds_no_further_notice(database, processor):
    notice = Record("dead-letters", samples.new_order().encode(), b"no json", RECORD.headers)
    await processor.process([desk.delivery_of(notice)])
    assert [record.topic for record in await outbox_records(database)] == [
        "dead-letters.order.dead-letter"
    ]


@pytest.mark.postgres
async def test_an_illegal_transition_is_a_dead_letter_that_says_so(database, processor):
    order = samples.new_order()
    await processor.process(desk.deliveries(samples.placed(order), samples.placed(order)))
    [letter] = await letters(database)
    assert letter["error"] == (
        "IllegalTransitionError: the paper is waiting and cannot become waiting"
    )
    assert await desk.counts(database, "commands", "papers") == [1, 1]


@pytest.mark.postgres
async def test_what_is_so_already_is_passed_over_and_counted(database, processor, monkeypatch):
    """An inbox that was purged, and a group that is set back."""
    monkeypatch.setattr(desk.LIFECYCLE, "move", desk.LIFECYCLE.apply)
    order = samples.new_order()
    deliveries = desk.deliveries(*[samples.placed(order)] * 3, samples.cancellation(order))
    assert await processor.process(deliveries) == []
    assert await letters(database) == []
    assert await desk.counts(database, "commands", "papers") == [1, 1]
    assert processor.repeats == 2


@pytest.mark.postgres
async def test_data_that_the_database_refuses_is_a_dead_letter(database, processor):
    """PostgreSQL keeps no NUL in a text, though JSON may hold one."""
    order, other = samples.new_order(), samples.new_order()
    await processor.process(
        desk.deliveries(desk.captured(order, "pay_\x00"), desk.captured(other, "pay_1"))
    )
    [letter] = await letters(database)
    assert letter["error"].startswith("CharacterNotInRepertoireError")
    assert await database.fetchval("SELECT note FROM papers") == "pay_1"


@pytest.mark.postgres
async def test_an_answer_that_cannot_be_handled_is_kept_and_its_command_settled(
    database, processor
):
    order = samples.new_order()
    await processor.process(desk.deliveries(samples.placed(order)))
    await database.execute("UPDATE papers SET status = 'stamped'")
    answer = desk.Stamped(order_id=order)
    key = f"{order}:Stamp"
    await processor.process(
        [Delivery(fact=answer, cause=MessageContext("request"), command_key=key)]
    )
    [letter] = await letters(database)
    assert (letter["origin"], letter["key"]) == ("local:Stamped", order)
    assert json.loads(letter["value"]) == {"order_id": order, "ink": "blue"}
    assert load_headers(letter["headers"]) == [("correlation_id", b"request")]
    assert await desk.counts(database, "commands") == [0]
    [records] = await outbox_records(database)
    assert decode(records.headers, records.value).event.fact == "Stamped"


RECORD = Record(
    "payment-processed", b"key", b"{}", [("ce_type", b"orderstream.PaymentDeclined.v1")]
)
STRANGERS = {
    "no headers": replace(RECORD, headers=[]),
    "no type": replace(RECORD, headers=[("ce_id", b"1")]),
    "no body": replace(RECORD, value=None),
    "no key": replace(RECORD, key=None),
    "a key that is no text": replace(RECORD, key=NOT_UTF8),
    "a key with a NUL": replace(RECORD, key=b"a\x00b"),
    "a body that is no text": replace(RECORD, value=NOT_UTF8),
    "headers that are no text": replace(RECORD, headers=[*RECORD.headers, ("ce_id", NOT_UTF8)]),
    "a type that is no text": replace(RECORD, headers=[("ce_type", NOT_UTF8)]),
    "a header's name with a NUL": replace(RECORD, headers=[("ce_\x00", b"1")]),
    "a header without a value": replace(RECORD, headers=[*RECORD.headers, ("ce_id", None)]),
}


@pytest.mark.postgres
@pytest.mark.parametrize("record", STRANGERS.values(), ids=STRANGERS)
async def test_a_record_of_a_stranger_is_set_aside_with_all_its_bytes(database, processor, record):
    acknowledged = []
    await processor.process(
        [
            desk.delivery_of(record, lambda: acknowledged.append(1)),
            *desk.deliveries(samples.cancellation(samples.new_order())),
        ]
    )
    [letter] = await letters(database)
    assert letter["error"].startswith("UndecodableRecordError: ")
    assert letter["value"] == record.value
    assert load_headers(letter["headers"]) == record.headers
    [records, _] = await outbox_records(database)
    assert records.headers[: len(record.headers)] == record.headers
    assert (records.key or None, records.value or None) == (record.key, record.value)
    assert (acknowledged, await desk.count(database, "papers")) == ([1], 1)


@pytest.mark.postgres
async def test_the_same_unreadable_bytes_at_two_places_are_two_dead_letters(database, processor):
    place = desk.delivery_of(RECORD)
    await processor.process([place, desk.delivery_of(RECORD), place])
    assert await desk.count(database, "dead_letters") == 2


@pytest.mark.postgres
@pytest.mark.kafka
async def test_a_stranger_arrives_on_the_dead_letter_topic_as_it_was(database, processor, kafka):
    key = samples.new_order()
    headers = [("ce_id", NOT_UTF8), ("ce_id", None), ("", b""), ("x", "\N{SNOWMAN}".encode())]
    delivery = desk.delivery_of(Record("order-placed", key.encode(), NOT_UTF8, headers))
    await processor.process([delivery])
    publisher = Publisher(kafka, "test")
    relay = Relay(database, publisher, set_aside_unpublishable("order"))
    relay.feed([read_row(row) for row in await database.fetch("SELECT * FROM outbox")])
    await relay.drain()
    await publisher.stop()
    [record] = await records_on(kafka, "order-placed.order.dead-letter", [key])
    assert record.value == NOT_UTF8
    assert list(record.headers[:4]) == headers
    added = dict(record.headers[4:])
    assert added["x-error"] == b"UndecodableRecordError: header ce_id is there twice"
    assert added["x-origin-topic"] == b"order-placed"
    assert added["x-origin-offset"] == str(delivery.record.offset).encode()
    assert await desk.count(database, "outbox") == 0
