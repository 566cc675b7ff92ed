"""The audit trail of one order: a line for each record, in the order in which things happened."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events import Envelope
from rich.table import Table
from rich.text import Text

from orderstream.following.records import Said
from orderstream.following.showing import SOURCE_COLOURS, gist
from orderstream.formatting import table

NOT_THERE = "an event that is not there"


@dataclass(frozen=True, slots=True)
class Entry:
    """One record, when it came about, and the event that it follows from, by name.

    `repeat` counts the records of the same event before it: they have no effect.
    """

    said: Said
    at: datetime
    because_of: str | None
    repeat: int = 0


def chronicle(records: Iterable[Said]) -> list[Entry]:
    """Order records by time. A repeat or a dead letter came about when it was published."""
    by_place = sorted(records, key=lambda said: (said.recorded_at, said.topic, said.offset))
    names = {
        said.envelope.id: type(said.envelope.event).__name__ for said in by_place if said.envelope
    }
    seen: dict[Any, int] = {}
    entries = []
    for said in by_place:
        envelope = said.envelope
        if envelope is None or said.is_dead_letter:
            because_of = names[envelope.id] if envelope else None
            entries.append(Entry(said, said.recorded_at, because_of))
            continue
        repeat = seen[envelope.id] = seen.get(envelope.id, -1) + 1
        cause = envelope.causation_id
        because_of = names.get(cause, NOT_THERE) if cause else None
        at = said.recorded_at if repeat else said.time
        entries.append(Entry(said, at, because_of, repeat))
    return sorted(entries, key=lambda entry: entry.at)


SEALED = {"recipient"}
COLUMNS = ("time", "by", "what", "seq", "because of", "says", "record")


def history_table(entries: Sequence[Entry]) -> Table:
    """The trail on a terminal: when, by whom, what, because of what, and where it is recorded."""
    shown = table(*COLUMNS, right=("seq",), wrap=("what", "because of", "says", "record"))
    for entry in entries:
        said, envelope = entry.said, entry.said.envelope
        by = _producer(said)
        sequence = str(envelope.sequence) if envelope and not said.is_dead_letter else ""
        place = f"{said.topic}/{said.partition}@{said.offset}"
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


def trail_as_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The same with whole envelopes; who the order goes to is sealed, and left out."""
    return [dict(_fields(entry)) for entry in entries]


def _what(entry: Entry) -> Text:
    said = entry.said
    if said.envelope is None:
        return Text("not an event of ours", "red")
    name = type(said.envelope.event).__name__
    if said.is_dead_letter:
        return Text(f"{name} set aside", "red")
    return Text(f"{name} (repeated)", "yellow") if entry.repeat else Text(name, "bold")


def _says(entry: Entry) -> Text:
    said = entry.said
    if said.error is not None:
        return Text(said.error, "red")
    return Text(gist(said.envelope.event) if said.envelope and not entry.repeat else "")


def _producer(said: Said) -> str:
    if said.is_dead_letter:
        return said.topic.split(".")[1]
    return said.envelope.source if said.envelope else "?"


def _fields(entry: Entry) -> Iterator[tuple[str, Any]]:
    said = entry.said
    yield "at", entry.at.isoformat()
    yield "topic", said.topic
    yield "partition", said.partition
    yield "offset", said.offset
    yield "recorded_at", said.recorded_at.isoformat()
    yield "repeat", entry.repeat
    yield "because_of", entry.because_of
    yield "dead_letter_of", _producer(said) if said.is_dead_letter else None
    yield "error", said.error
    yield "envelope", None if said.envelope is None else _whole(said.envelope)


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
