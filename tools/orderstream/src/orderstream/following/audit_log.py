"""The audit trail of one order: a line for each record, in the order in which things happened."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events import Envelope
from rich.table import Table
from rich.text import Text

from orderstream.following.records import OrderRecord
from orderstream.following.showing import SOURCE_COLOURS, summary
from orderstream.formatting import table

NOT_THERE = "an event that is not there"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record, when it came about, and the event that it follows from, by name.

    `repeat` counts the records of the same event before it: they have no effect.
    """

    record: OrderRecord
    at: datetime
    because_of: str | None
    repeat: int = 0


def log_entries(records: Iterable[OrderRecord]) -> list[Entry]:
    """Order records by time. A repeat or a dead letter came about when it was published."""
    by_place = sorted(records, key=lambda record: (record.recorded_at, record.topic, record.offset))
    names = {
        record.envelope.id: type(record.envelope.event).__name__
        for record in by_place
        if record.envelope
    }
    seen: dict[Any, int] = {}
    entries = []
    for record in by_place:
        envelope = record.envelope
        if envelope is None or record.is_dead_letter:
            because_of = names[envelope.id] if envelope else None
            entries.append(Entry(record, record.recorded_at, because_of))
            continue
        repeat = seen[envelope.id] = seen.get(envelope.id, -1) + 1
        cause = envelope.causation_id
        because_of = names.get(cause, NOT_THERE) if cause else None
        at = record.recorded_at if repeat else record.time
        entries.append(Entry(record, at, because_of, repeat))
    return sorted(entries, key=lambda entry: entry.at)


SEALED = {"recipient"}
COLUMNS = ("time", "by", "what", "seq", "because of", "says", "record")


def history_table(entries: Sequence[Entry]) -> Table:
    """Return the trail on a terminal: when, by whom, what, because of what, and where it is recorded."""
    shown = table(*COLUMNS, right=("seq",), wrap=("what", "because of", "says", "record"))
    for entry in entries:
        record, envelope = entry.record, entry.record.envelope
        by = _producer(record)
        sequence = str(envelope.sequence) if envelope and not record.is_dead_letter else ""
        place = f"{record.topic}/{record.partition}@{record.offset}"
        shown.add_row(
            f"{entry.at.astimezone():%H:%M:%S.%f}"[:-3],
            Text(by, SOURCE_COLOURS.get(by, "white")),
            _what(entry),
            sequence,
            entry.because_of or "",
            _says(entry),
            Text(place, "dim"),
        )
    return shown


def log_as_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return the same with whole envelopes; who the order goes to is sealed, and left out."""
    return [dict(_fields(entry)) for entry in entries]


def _what(entry: Entry) -> Text:
    record = entry.record
    if record.envelope is None:
        return Text("not an event of ours", "red")
    name = type(record.envelope.event).__name__
    if record.is_dead_letter:
        return Text(f"{name} set aside", "red")
    return Text(f"{name} (repeated)", "yellow") if entry.repeat else Text(name, "bold")


def _says(entry: Entry) -> Text:
    record = entry.record
    if record.error is not None:
        return Text(record.error, "red")
    return Text(summary(record.envelope.event) if record.envelope and not entry.repeat else "")


def _producer(record: OrderRecord) -> str:
    if record.is_dead_letter:
        return record.topic.split(".")[1]
    return record.envelope.source if record.envelope else "?"


def _fields(entry: Entry) -> Iterator[tuple[str, Any]]:
    record = entry.record
    yield "at", entry.at.isoformat()
    yield "topic", record.topic
    yield "partition", record.partition
    yield "offset", record.offset
    yield "recorded_at", record.recorded_at.isoformat()
    yield "repeat", entry.repeat
    yield "because_of", entry.because_of
    yield "dead_letter_of", _producer(record) if record.is_dead_letter else None
    yield "error", record.error
    yield "envelope", None if record.envelope is None else _whole(record.envelope)


def _whole(envelope: Envelope) -> dict[str, Any]:
    return {
        "id": str(envelope.id),
        "type": envelope.event.type_name(),
        "source": envelope.source,
        "time": envelope.time.isoformat(),
        "key": envelope.event.key,
        "sequence": envelope.sequence,
        "correlation_id": envelope.correlation_id,
        "causation_id": str(envelope.causation_id) if envelope.causation_id else None,
        "traceparent": envelope.traceparent,
        "baggage": envelope.baggage,
        "data": envelope.event.model_dump(mode="json", exclude=SEALED),
    }
