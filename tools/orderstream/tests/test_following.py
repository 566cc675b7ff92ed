import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer
from events import (
    CancellationRequested,
    CustomerNotified,
    Envelope,
    Event,
    Money,
    OrderPlaced,
    OrderStatus,
    OrderStatusChanged,
    PaymentDeclined,
    Record,
    encode,
)
from orderstream.following.audit_log import history_table, log_as_json, log_entries
from orderstream.following.records import OrderRecord, placed_ms, read_records, tell
from orderstream.following.showing import as_json, story_table
from rich.console import Console
from testkit.samples import SEALED, changed, enveloped, new_order, placed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOTAL = Money(amount=1250, currency="GBP")


ORDER = new_order(NOW)


def ordered(order_id: str = ORDER) -> OrderPlaced:
    fields = {"customer_id": "alice", "payment_token": "tok_declined", "total": TOTAL}
    return placed(order_id, placed_at=NOW, **fields)


def cancelled(order_id: str = ORDER) -> OrderStatusChanged:
    why = {"previous": OrderStatus.ACCEPTED, "reason": "payment_declined"}
    fields = {"customer_id": "alice", "total": TOTAL, "placed_at": NOW, "changed_at": NOW}
    return changed(OrderStatus.CANCELLED, order_id, **why, **fields)


def say(event: Event, at_ms: int, cause: Envelope | None = None, source: str = "order") -> Envelope:
    return enveloped(
        event,
        source=source,
        time=NOW + timedelta(milliseconds=at_ms),
        correlation_id=ORDER,
        causation_id=cause.id if cause else None,
    )


def lies(envelope: Envelope, offset: int = 0, **also: object) -> OrderRecord:
    topic = str(also.pop("topic", envelope.event.topic.name))
    return OrderRecord(topic, 0, offset, envelope.time, envelope.time, envelope, **also)  # type: ignore[arg-type]


ROOT = say(ordered(), 0, source="gateway")
DECLINED = say(PaymentDeclined(order_id=ORDER, decline_code="do_not_honor"), 40, ROOT, "payment")
CHANGED = say(cancelled(), 45, DECLINED)
NOTIFIED = say(
    CustomerNotified(order_id=ORDER, kind="order_cancelled", message_id="m", notified_at=NOW),
    60,
    CHANGED,
    "notifier",
)
ASKED = say(CancellationRequested(order_id=ORDER, requested_at=NOW), 50, None, "gateway")
EVERYTHING = [lies(one) for one in (NOTIFIED, ASKED, CHANGED, DECLINED, ROOT)]


def names(records: list[OrderRecord]) -> list[tuple[int, str]]:
    return [(step.depth, type(step.record.envelope.event).__name__) for step in tell(records)]


def test_the_story_goes_from_cause_to_effect_whatever_was_read_first() -> None:
    assert names(EVERYTHING) == [
        (0, "OrderPlaced"),
        (1, "PaymentDeclined"),
        (2, "OrderStatusChanged"),
        (3, "CustomerNotified"),
        (0, "CancellationRequested"),
    ]


def test_an_event_whose_cause_is_gone_begins_a_story_of_its_own() -> None:
    assert names([lies(CHANGED), lies(NOTIFIED)]) == [
        (0, "OrderStatusChanged"),
        (1, "CustomerNotified"),
    ]


def test_what_was_emitted_twice_is_reported_once_with_the_number() -> None:
    (step,) = tell([lies(ROOT, 0), lies(ROOT, 7)])
    assert step.repeats == 1


def test_a_dead_letter_stands_below_the_event_that_could_not_be_handled() -> None:
    dead = lies(ROOT, topic="order-placed.payment.dead-letter", error="ValueError: no")
    steps = tell([dead, *EVERYTHING])
    assert [(step.depth, step.record.is_dead_letter) for step in steps[:3]] == [
        (0, False),
        (1, True),
        (1, False),
    ]
    assert "payment could not handle it: ValueError: no" in shown(dead, *EVERYTHING)


def test_a_record_that_is_no_event_is_reported_too() -> None:
    stray = OrderRecord("order-placed", 0, 3, NOW, NOW, None, "missing header ce_id")
    assert "not an event of ours: missing header ce_id" in shown(stray)


def shown(*records: OrderRecord, width: int = 120) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(story_table(tell(records), with_topics=width > 100))
    return console.export_text()


def test_the_tree_shows_who_emitted_what_because_of_what_and_where() -> None:
    text = shown(*EVERYTHING)
    assert "gateway OrderPlaced  1 line, 12.50 GBP, tok_declined" in text
    assert "└ payment PaymentDeclined  do_not_honor" in text
    assert "  └ order OrderStatusChanged  cancelled: payment declined" in text
    assert "payment-processed/0@0" in text
    assert "│" not in text.splitlines()[3], "only one branch goes on"


def test_where_there_is_little_room_times_and_places_stay_readable() -> None:
    text = shown(*EVERYTHING, width=60)
    assert all(len(line) <= 60 for line in text.splitlines())
    assert text.count("0@0") == len(EVERYTHING)


def test_as_json_nothing_personal_is_reported_not_even_sealed() -> None:
    text = as_json(tell(EVERYTHING))
    assert [one["offset_ms"] for one in text] == [0, 40, 45, 60, 50]
    assert text[0]["data"]["total"] == {"amount": 1250, "currency": "GBP"}
    assert text[1]["causation_id"] == text[0]["id"]
    assert "recipient" not in json.dumps(text)
    assert SEALED.sealed not in json.dumps(text)


def test_an_order_id_tells_when_it_was_placed() -> None:
    assert placed_ms(ORDER) == int(NOW.timestamp() * 1000)


@pytest.mark.kafka
async def test_only_the_records_of_the_order_are_read_from_all_topics(kafka: str) -> None:
    order_id, other_id = new_order(), new_order()
    wanted = [say(ordered(order_id), 0), say(cancelled(order_id), 5)]
    records = [encode(one) for one in (*wanted, say(ordered(other_id), 0))]
    dead = "order-placed.payment.dead-letter"
    headers = [*records[0].headers, ("x-error", b"ValueError: no")]
    records.append(Record(dead, records[0].key, records[0].value, headers))
    records.append(Record("payment-processed", order_id.encode(), b"{", []))
    producer = AIOKafkaProducer(bootstrap_servers=kafka)
    await producer.start()
    for one in records:
        await producer.send_and_wait(one.topic, one.value, key=one.key, headers=one.headers)
    await producer.stop()
    records_ = await read_records(kafka, order_id)
    assert {one.topic for one in records_} == {
        "order-placed",
        "order-status-changed",
        "payment-processed",
        dead,
    }
    assert {one.envelope.id for one in records_ if one.envelope} == {one.id for one in wanted}
    assert [one.error for one in records_ if one.envelope is None] == ["missing header ce_type"]
    assert [one.error for one in records_ if one.is_dead_letter] == ["ValueError: no"]


@pytest.mark.kafka
async def test_an_order_that_nobody_spoke_of_has_no_records(kafka: str) -> None:
    assert await read_records(kafka, new_order()) == []
    assert await read_records(kafka, f"ord_{'0' * 32}") == []


def repeated(envelope: Envelope, recorded_ms: int) -> OrderRecord:
    return replace(lies(envelope, 9), recorded_at=NOW + timedelta(milliseconds=recorded_ms))


def test_the_trail_goes_by_time_and_names_what_each_event_follows_from() -> None:
    trail = [
        (one.because_of, type(one.record.envelope.event).__name__)
        for one in log_entries(EVERYTHING)
    ]
    assert trail == [
        (None, "OrderPlaced"),
        ("OrderPlaced", "PaymentDeclined"),
        ("PaymentDeclined", "OrderStatusChanged"),
        (None, "CancellationRequested"),
        ("OrderStatusChanged", "CustomerNotified"),
    ]
    assert log_entries([lies(DECLINED)])[0].because_of == "an event that is not there"


def test_the_trail_has_a_line_for_every_repeat_at_the_time_of_its_publishing() -> None:
    trail = log_entries([repeated(ROOT, 47), *EVERYTHING])
    assert [one.repeat for one in trail] == [0, 0, 0, 1, 0, 0]
    assert "OrderPlaced (repeated)" in trail_of(repeated(ROOT, 47), *EVERYTHING)


def test_the_trail_has_what_was_set_aside_by_whom_and_why() -> None:
    dead = replace(
        lies(DECLINED, topic="payment-processed.order.dead-letter", error="KeyError: 'x'"),
        recorded_at=NOW + timedelta(milliseconds=48),
    )
    text = trail_of(dead, *EVERYTHING)
    assert "PaymentDeclined set aside" in text
    assert "KeyError: 'x'" in text
    trail = log_as_json(log_entries([dead, *EVERYTHING]))
    assert [one["dead_letter_of"] for one in trail] == [None, None, None, "order", None, None]


def test_the_trail_as_json_holds_whole_envelopes_and_nothing_personal() -> None:
    first, second, *_ = log_as_json(log_entries(EVERYTHING))
    assert first["envelope"]["key"] == ORDER
    assert second["envelope"]["causation_id"] == first["envelope"]["id"]
    assert set(first["envelope"]) == {
        *("id", "type", "source", "time", "key", "sequence", "correlation_id", "causation_id"),
        *("traceparent", "baggage", "data"),
    }
    assert SEALED.sealed not in json.dumps([first, second])


def trail_of(*records: OrderRecord) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(history_table(log_entries(records)))
    return console.export_text()
