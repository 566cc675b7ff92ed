"""How an envelope travels: CloudEvents 1.0 in binary mode over Kafka, the event as JSON.

Rules: https://github.com/cloudevents/spec (Kafka protocol binding, 3.2 binary content mode).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from pydantic import ValidationError

from events.catalogue import BY_TYPE_NAME
from events.envelope import Envelope

SPEC_VERSION = b"1.0"
CONTENT_TYPE = b"application/json"
SOURCE_PREFIX = "/services/"

Headers = list[tuple[str, bytes]]


class UndecodableRecordError(ValueError):
    """A record is not one of our events; the message says which part is wrong."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is handed to the broker."""

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
    return Record(event.topic.name, event.key.encode(), event.model_dump_json().encode(), headers)


def type_name_of(headers: Iterable[tuple[str, bytes]]) -> str | None:
    """The type of a record's event, read without decoding the rest."""
    for name, value in headers:
        if name == "ce_type":
            return value.decode(errors="replace")
    return None


def decode(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Envelope:
    """Turn a Kafka record back into an envelope.

    Raises:
        UndecodableRecordError: a header is missing or malformed, the type is unknown, or the body
            is not such an event.
    """
    try:
        told = {name: text.decode() for name, text in headers}
        event_type = BY_TYPE_NAME[told["ce_type"]]
        causation = told.get("ce_causationid")
        return Envelope(
            event=event_type.model_validate_json(value or b""),
            id=UUID(told["ce_id"]),
            source=told["ce_source"].removeprefix(SOURCE_PREFIX),
            time=datetime.fromisoformat(told["ce_time"]),
            correlation_id=told["ce_correlationid"],
            causation_id=UUID(causation) if causation else None,
            sequence=int(told["ce_sequence"]),
            traceparent=told.get("traceparent"),
        )
    except KeyError as error:
        missing = error.args[0]
        raise UndecodableRecordError(
            f"missing header {missing}" if missing.startswith("ce_") else f"unknown type {missing}"
        ) from error
    except ValidationError as error:
        raise UndecodableRecordError(_without_values(error)) from error
    except ValueError as error:
        raise UndecodableRecordError(f"malformed header: {error}") from error


def _rfc3339(moment: datetime) -> bytes:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()


def _without_values(error: ValidationError) -> str:
    """Which fields are wrong and why, but not what they hold: that may be personal."""
    wrong = (
        f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return "; ".join(wrong)
