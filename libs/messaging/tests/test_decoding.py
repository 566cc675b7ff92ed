"""From a broker's record to a delivery: only what is handled is decoded, every byte is kept."""

from types import SimpleNamespace

import desk
import pytest
from events import encode
from hypothesis import given
from hypothesis import strategies as st
from messaging import dump_headers
from messaging.inbound.consumer import delivery_of
from messaging.model.unknown_types import UnknownTypes
from messaging.outbound.outbox import load_headers
from testkit import samples

HEADERS = st.lists(st.tuples(st.text(), st.none() | st.binary()))


@pytest.fixture
def consume():
    """What the desk receives of a record; `acknowledged` counts on."""
    acknowledged = []

    def consume(record, **changed):
        message = {
            "topic": record.topic,
            "partition": 2,
            "offset": 7,
            "key": record.key,
            "value": record.value,
            "headers": record.headers,
            "timestamp": 1_700_000_000_500,
        }
        consumed = SimpleNamespace(**message | changed)
        return delivery_of(consumed, desk.handlers, lambda: acknowledged.append(1))

    consume.acknowledged = acknowledged
    return consume


@given(HEADERS)
def test_headers_survive_the_outbox_whatever_bytes_they_hold(headers):
    stored = dump_headers(headers)
    assert load_headers(stored) == headers
    stored.encode()
    assert "\x00" not in stored


def test_an_event_comes_with_its_cause_and_its_record(consume):
    envelope = samples.enveloped(
        samples.cancellation(samples.new_order()), sequence=3, correlation_id="r"
    )
    delivery = consume(encode(envelope))
    assert (delivery.fact, delivery.event_id, delivery.error) == (envelope.event, envelope.id, None)
    assert delivery.cause == type(delivery.cause)("r", envelope.id, None, 3)
    assert (delivery.record.partition, delivery.record.offset) == (2, 7)
    delivery.acknowledge()
    assert consume.acknowledged == [1]


def test_a_record_without_headers_is_a_delivery_with_the_error(consume):
    delivery = consume(encode(samples.enveloped(desk.poison(samples.new_order()))), headers=())
    assert str(delivery.error) == "missing header ce_type"
    assert delivery.fact is None
    assert delivery.event_id is not None


def test_what_nobody_handles_is_passed_over_without_a_look_at_the_rest(consume):
    record = encode(samples.enveloped(desk.poison(samples.new_order())))
    delivery = consume(record, headers=[("ce_type", b"orderstream.Unhandled.v1")], value=b"\xff")
    assert (delivery.fact, delivery.error, delivery.record) == (None, None, None)
    assert delivery.unknown_type == "orderstream.Unhandled.v1"
    delivery.acknowledge()
    assert consume.acknowledged == [1]


def test_what_others_handle_is_no_stranger(consume):
    record = encode(samples.enveloped(samples.changed("accepted")))
    assert consume(record).unknown_type is None


@pytest.mark.parametrize("key", [None, b"", samples.ORDER.encode()])
def test_an_event_under_a_key_of_another_is_a_delivery_with_the_error(consume, key):
    record = encode(samples.enveloped(samples.cancellation(samples.new_order())))
    assert str(consume(record, key=key).error) == "its key is not that of its event"


def test_strangers_are_distinguished_up_to_a_number(monkeypatch):
    monkeypatch.setattr("messaging.model.unknown_types.TOLD_APART", 2)
    unknown = UnknownTypes()
    for name in ("a", "b\n", "a", "c", "d"):
        unknown.note(name)
    assert unknown.summary() == "2 of type a, 2 of type others, 1 of type b?"
    assert UnknownTypes().summary() is None


def test_the_same_place_in_a_topic_is_the_same_unreadable_event(consume):
    record = encode(samples.enveloped(desk.poison(samples.new_order())))
    first, again, other = (consume(record, value=b"?", offset=offset) for offset in (1, 1, 2))
    assert first.event_id == again.event_id != other.event_id


def test_a_look_that_fails_makes_a_dead_letter_and_not_a_dead_agent(consume, monkeypatch):
    def fail(_fact):
        raise ZeroDivisionError("looked at badly")

    monkeypatch.setattr(desk.handlers, "concerns", fail)
    delivery = consume(encode(samples.enveloped(samples.cancellation(samples.new_order()))))
    assert delivery.fact is None
    assert isinstance(delivery.error, ZeroDivisionError)
    assert delivery.event_id is not None
