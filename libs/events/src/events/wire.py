"""How an envelope travels: CloudEvents 1.0 in binary mode over Kafka, the event as JSON.

Rules: https://github.com/cloudevents/spec (Kafka protocol binding, 3.2 binary content mode).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from pydantic import ValidationError

from events.catalogue import BY_TYPE_NAME
from events.envelope import Envelope
from events.event import Event
from events.waits import Waits

SPEC_VERSION = b"1.0"
CONTENT_TYPE = b"application/json"
SOURCE_PREFIX = "/services/"
ATTRIBUTE = "ce_"
SHOWN_LENGTH, REASON_LENGTH = 80, 200
SEQUENCE_MAX = 2**31 - 1
UNREADABLE = "x-unreadable"
"""The one header of a record that stands in for what the client library cannot read; it says why."""

Headers = list[tuple[str, bytes | None]]
T = TypeVar("T")


class UndecodableRecordError(ValueError):
    """A record is not one of our events; the message says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record for the broker."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def encode(envelope: Envelope) -> Record:
    """Turn an envelope into a Kafka record."""
    event = envelope.event
    headers: Headers = [
        ("ce_specversion", SPEC_VERSION),
        ("ce_id", str(envelope.id).encode()),
        ("ce_type", event.type_name().encode()),
        ("ce_source", (SOURCE_PREFIX + envelope.source).encode()),
        ("ce_subject", event.key.encode()),
        ("ce_time", _rfc3339(envelope.time)),
        ("ce_correlationid", envelope.correlation_id.encode()),
        ("ce_sequence", str(envelope.sequence).encode()),
        ("content-type", CONTENT_TYPE),
    ]
    if envelope.causation_id is not None:
        headers.append(("ce_causationid", str(envelope.causation_id).encode()))
    if envelope.traceparent is not None:
        headers.append(("traceparent", envelope.traceparent.encode()))
    if envelope.baggage is not None:
        headers.append(("baggage", envelope.baggage.encode()))
    if envelope.waits is not None:
        headers.append(("ce_waits", str(envelope.waits).encode()))
    return Record(event.topic.name, event.key.encode(), event.model_dump_json().encode(), headers)


def type_name_of(headers: Iterable[tuple[str, bytes | None]]) -> str | None:
    """Return the type of a record's event, read without decoding the rest."""
    for name, value in headers:
        if name == "ce_type" and value is not None:
            return value.decode(errors="replace")
    return None


def decode(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Envelope:
    """Turn a Kafka record back into an envelope.

    Raises:
        UndecodableRecordError: a header is missing, malformed or there twice, the type is unknown,
            the body is not such an event, or the client library could not read the record at all.
    """
    told = headers_of(headers)
    type_name = _header(told, "ce_type", str)
    if type_name not in BY_TYPE_NAME:
        raise UndecodableRecordError(f"unknown type {_shown(type_name)}")
    trace, baggage, waits = (told.get(name) for name in ("traceparent", "baggage", "ce_waits"))
    return Envelope(
        event=_body(BY_TYPE_NAME[type_name], value or b""),
        id=_header(told, "ce_id", UUID),
        source=_header(told, "ce_source", str).removeprefix(SOURCE_PREFIX),
        time=_header(told, "ce_time", _moment),
        correlation_id=_header(told, "ce_correlationid", str),
        causation_id=_header(told, "ce_causationid", UUID) if told.get("ce_causationid") else None,
        sequence=_header(told, "ce_sequence", sequence_of),
        # Their readers check them; a broken one is no reason to refuse an event.
        traceparent=trace.decode(errors="replace") if trace else None,
        baggage=baggage.decode(errors="replace") if baggage else None,
        waits=Waits.parse(waits.decode(errors="replace")) if waits else None,
    )


def headers_of(headers: Iterable[tuple[str, bytes | None]]) -> Mapping[str, bytes | None]:
    """Return the headers of a record by name.

    Raises:
        UndecodableRecordError: the record stands in for one that cannot be read, or an attribute of
            the event is there twice, so that it is unknown which of them holds.
    """
    told: dict[str, bytes | None] = {}
    for name, value in headers:
        if name.startswith(ATTRIBUTE) and name in told:
            raise UndecodableRecordError(f"header {_shown(name)} is there twice")
        told[name] = value
    if UNREADABLE in told and "ce_type" not in told:
        reason = (told[UNREADABLE] or b"").decode(errors="replace")
        raise UndecodableRecordError(_shown(reason, REASON_LENGTH))
    return told


def _header(told: Mapping[str, bytes | None], name: str, parse: Callable[[str], T]) -> T:
    value = told.get(name)
    if value is None:
        raise UndecodableRecordError(f"missing header {name}")
    try:
        return parse(value.decode())
    except ValueError:
        raise UndecodableRecordError(f"malformed header {name}") from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def sequence_of(text: str) -> int:
    """Return the number of an event among its producer's; raises ValueError where it is out of range."""
    number = int(text)
    if not 0 <= number <= SEQUENCE_MAX:
        raise ValueError("no sequence that anybody counts up to")
    return number


def _body(event_type: type[Event], value: bytes) -> Event:
    try:
        return event_type.model_validate_json(value)
    except ValidationError as error:
        # Without its cause: that one's text quotes what the body holds.
        raise UndecodableRecordError(_without_values(event_type, error)) from None


def _shown(text: str, length: int = SHOWN_LENGTH) -> str:
    """Return what a stranger wrote, fit for a log line and a database column."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:length])


def _rfc3339(moment: datetime) -> bytes:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()


def _without_values(event_type: type[Event], error: ValidationError) -> str:
    """Return which fields are wrong and why, but nothing of what the body holds: that may be personal."""
    schema = event_type.model_json_schema()
    values = (schema, *schema.get("$defs", {}).values())
    known = {name for value in values for name in value.get("properties", ())}
    wrong = []
    for item in error.errors(include_input=False, include_url=False, include_context=False):
        # A mapping's keys come from the body too.
        place = (
            str(part) if isinstance(part, int) or part in known else "*" for part in item["loc"]
        )
        wrong.append(f"{'.'.join(place) or 'body'}: {item['msg']}")
    return "; ".join(wrong)
