"""The committed JSON Schemas of every event: what we promised to those who consume it.

`python -m events.snapshots` writes them, `python -m events.snapshots --check` only compares.
Neither accepts a change that would break a listener. Run it in a checkout of the repository.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from events.catalogue import EVENT_TYPES
from events.compatibility import check
from events.event import Event

FOLDER = Path(__file__).parents[2] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
WRITE = "python -m events.snapshots"
WAY_OUT = (
    "Give a new field a default, leave the old ones as they are, or say it with a new type of event"
    " beside this one, for as long as a topic holds or a consumer reads the old."
)
RETIRE = "put the event back, or delete the file if no topic holds it and no consumer reads it"


@dataclass(slots=True)
class Findings:
    """Faults of the snapshots: `refused` breaks a listener, `stale` only needs writing."""

    refused: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


def schema_of(event_type: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema of an event's body, named by its CloudEvents type."""
    return {
        "$schema": DIALECT,
        "$id": event_type.type_name(),
        **event_type.model_json_schema(),
    }


def file_name(event_type: type[Event]) -> str:
    """Return one file per type and version: `PaymentAuthorized.v1.json`."""
    return f"{event_type.__name__}.v{event_type.version}.json"


def compare(event_types: Sequence[type[Event]], folder: Path) -> Findings:
    """Compare the events as they are with what the folder says they were."""
    findings = Findings()
    for event_type in event_types:
        path = folder / file_name(event_type)
        schema = schema_of(event_type)
        committed = json.loads(path.read_text()) if path.exists() else None
        if committed is None:
            findings.stale.append(f"{event_type.type_name()} has no snapshot yet")
        elif broken := check(committed, schema):
            findings.refused.extend(str(incompatibility) for incompatibility in broken)
        elif committed != schema:
            findings.stale.append(f"the snapshot of {event_type.type_name()} is not up to date")
    known = {file_name(event_type) for event_type in event_types}
    for path in sorted(folder.glob("*.json")):
        if path.name not in known:
            findings.refused.append(f"{path.name} describes an event that is gone: {RETIRE}")
    return findings


def write(event_types: Sequence[type[Event]], folder: Path) -> None:
    """Write the schema of every event."""
    folder.mkdir(exist_ok=True)
    for event_type in event_types:
        text = json.dumps(schema_of(event_type), indent=2, ensure_ascii=False)
        (folder / file_name(event_type)).write_text(text + "\n")


def run(arguments: Sequence[str], event_types: Sequence[type[Event]], folder: Path) -> int:
    """Do what the command line asks; returns the exit code."""
    parser = argparse.ArgumentParser(prog=WRITE, description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    only_check = parser.parse_args(arguments).check
    findings = compare(event_types, folder)
    if findings.refused:
        return _fail(*(f"refused: {refused}" for refused in findings.refused), WAY_OUT)
    if not only_check:
        write(event_types, folder)
    elif findings.stale:
        update = f"Run {WRITE} and commit what it writes to {folder.name}/."
        return _fail(*(f"stale: {stale}" for stale in findings.stale), update)
    return 0


def _fail(*lines: str) -> int:
    sys.stderr.writelines(f"{line}\n" for line in lines)
    return 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], EVENT_TYPES, FOLDER))
