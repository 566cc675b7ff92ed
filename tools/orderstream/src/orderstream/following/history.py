"""The audit trail of one order: a line for each record, in the order in which things happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderstream.following.heard import Said

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
