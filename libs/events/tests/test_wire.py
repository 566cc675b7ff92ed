"""Records that are no events of ours are refused, with a reason that reveals nothing."""

import traceback
import uuid
from datetime import UTC, datetime

import pytest
from events import (
    CancellationRequested,
    Envelope,
    UndecodableRecordError,
    decode,
    encode,
    type_name_of,
)
from events.wire import UNREADABLE

SECRET = "Ada Lovelace, ada@example.org"


@pytest.fixture
def record(order_id):
    event = CancellationRequested(order_id=order_id, requested_at=datetime(2010, 12, 1, tzinfo=UTC))
    return encode(
        Envelope(
            event=event,
            id=uuid.UUID(int=1),
            source="gateway",
            time=event.requested_at,
            correlation_id="request-1",
            sequence=1,
        )
    )


@pytest.fixture
def refused(record):
    """Why a record is refused whose headers or body are changed; None leaves a header out."""

    def why(body: bytes | None = record.value, **changed: bytes | None) -> str:
        headers = {**dict(record.headers), **changed}
        with pytest.raises(UndecodableRecordError) as caught:
            decode([(name, text) for name, text in headers.items() if text is not None], body)
        return str(caught.value)

    return why


@pytest.mark.parametrize(
    "name", ["ce_id", "ce_type", "ce_source", "ce_time", "ce_correlationid", "ce_sequence"]
)
def test_a_missing_header_is_named(refused, name):
    assert refused(**{name: None}) == f"missing header {name}"


@pytest.mark.parametrize("name", ["ce_id", "ce_time", "ce_sequence", "ce_causationid"])
@pytest.mark.parametrize("text", [SECRET.encode(), b"\xff\xfe", b"\x00", "१٣x".encode()])
def test_a_malformed_header_is_named_and_not_shown(refused, name, text):
    why = refused(**{name: text})
    assert why == f"malformed header {name}"


@pytest.mark.parametrize("name", ["ce_type", "ce_correlationid", "ce_source"])
def test_a_header_that_is_no_text_is_named(refused, name):
    assert refused(**{name: b"\xff\xfe"}) == f"malformed header {name}"


@pytest.mark.parametrize("name", ["ce_type", "ce_source", "ce_time"])
def test_a_header_without_a_value_is_a_missing_one(record, name):
    headers = [(each, None if each == name else text) for each, text in record.headers]
    with pytest.raises(UndecodableRecordError, match=f"missing header {name}"):
        decode(headers, record.value)


@pytest.mark.parametrize("name", ["traceparent", "a-header-of-somebody-else"])
def test_a_header_that_no_event_needs_does_no_harm(record, name):
    consumed = decode([*record.headers, (name, b"\xff\xfe")], record.value)
    assert consumed.event.key == record.key.decode()


def test_the_type_is_read_without_the_rest(record):
    assert type_name_of(record.headers) == "orderstream.CancellationRequested.v1"
    assert type_name_of([("ce_type", b"\xff")]) == "\ufffd"
    assert type_name_of([("ce_type", None)]) is None
    assert type_name_of([]) is None


def test_a_time_without_a_zone_is_refused(refused):
    assert refused(ce_time=b"2010-12-01T12:00:00") == "malformed header ce_time"


@pytest.mark.parametrize("number", [b"-1", b"2147483648", b"9" * 5000])
def test_a_sequence_that_nobody_counts_up_to_is_refused(refused, number):
    assert refused(ce_sequence=number) == "malformed header ce_sequence"


@pytest.mark.parametrize("name", ["ce_type", "ce_id", "ce_sequence"])
def test_of_an_attribute_that_is_there_twice_nobody_knows_which_holds(record, name):
    with pytest.raises(UndecodableRecordError, match=f"header {name} is there twice"):
        decode([*record.headers, (name, b"1")], record.value)


def test_what_stands_in_for_an_unreadable_record_says_why():
    with pytest.raises(UndecodableRecordError, match=r"^its checksum is wrong$"):
        decode([(UNREADABLE, b"its checksum is wrong")], None)


@pytest.mark.parametrize(
    "name", ["orderstream.NeverHeardOf.v1", "orderstream.CancellationRequested.v2", "ce_type"]
)
def test_an_unknown_type_is_named(refused, name):
    assert refused(ce_type=name.encode()) == f"unknown type {name}"


def test_a_type_is_not_quoted_at_any_length_nor_with_control_characters(refused):
    why = refused(ce_type=b"\x00\x1b[31m" + b"x" * 10_000)
    assert why.startswith("unknown type ")
    assert why.isprintable()
    assert len(why) < 200


@pytest.mark.parametrize("body", [None, b"", b"{", b"\xff", b"[" * 10_000, b"\x00"])
def test_a_body_that_is_no_json_is_refused(refused, body):
    assert refused(body).startswith("body: Invalid JSON")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7"])
def test_a_body_that_is_no_object_is_refused(refused, body):
    assert "body: Input should be an object" in refused(body)


def test_wrong_fields_are_named_with_what_is_wrong(refused):
    assert refused(b"{}") == "order_id: Field required; requested_at: Field required"


@pytest.mark.parametrize(
    "body",
    [
        '{"order_id": "%s", "requested_at": "2010-12-01T12:00:00Z"}',
        '{"order_id": ["%s"], "requested_at": "2010-12-01T12:00:00Z"}',
        '{"order_id": 1, "requested_at": "%s"}',
        '{"%s": 1}',
        '{"order_id": "%s',
    ],
)
def test_what_a_refused_record_holds_is_not_shown_not_even_in_a_traceback(refused, record, body):
    body = (body % SECRET).encode()
    assert "Ada" not in refused(body)
    with pytest.raises(UndecodableRecordError) as caught:
        decode(record.headers, body)
    assert "Ada" not in "".join(traceback.format_exception(caught.value))


def test_a_key_of_a_mapping_is_not_shown(record):
    headers = dict(record.headers) | {"ce_type": b"orderstream.DashboardUpdated.v1"}
    body = f'{{"orders_by_status": {{"{SECRET}": 1}}}}'.encode()
    with pytest.raises(UndecodableRecordError) as caught:
        decode(list(headers.items()), body)
    assert "orders_by_status" in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_a_record_that_was_refused_says_so_by_a_value_error():
    assert issubclass(UndecodableRecordError, ValueError)
