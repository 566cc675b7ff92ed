"""Lines of logs: ours, which are JSON, and those of others with the time and level found in them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SEVERITY = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
# Kafka: [2026-11-30 14:00:00,123] WARN ...; PostgreSQL: 2026-11-30 14:00:00.123 UTC [7] orders@orders ERROR: ...
STAMP = re.compile(
    r"\[?(?P<at>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](?P<parts>\d{1,6})\d*)?"
    r"(?: ?(?:UTC|Z)|(?P<zone>[+-]\d\d:?\d\d))?\]?"
)
WORD = re.compile(r"\b(DEBUG|INFO|LOG|NOTICE|WARN|WARNING|ERROR|FATAL|PANIC|CRIT|CRITICAL)\b")
FOREIGN = {
    "LOG": "info",
    "NOTICE": "info",
    "WARN": "warning",
    "FATAL": "critical",
    "PANIC": "critical",
    "CRIT": "critical",
}
NEAR = 120
"""How far behind the time a level is looked for: further on it is a word of the text."""
LEFT_OUT = ("timestamp", "level", "event", "service", "instance", "logger", "exception")
DIM, RESET = "\x1b[2m", "\x1b[0m"
COLOURS = {"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[1;31m", "debug": DIM}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `at` is None and `level` empty where the line does not say them."""

    process: str
    raw: str
    event: str
    at: datetime | None = None
    level: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def severity(self) -> int:
        """How bad it is; a line without a level counts as the worst, for it may be a traceback."""
        return SEVERITY.get(self.level, SEVERITY["critical"])


def read_entry(process: str, line: str) -> Entry:
    """Understand a line as far as it can be; never fails."""
    if line.startswith("{"):
        try:
            told = json.loads(line)
            at = datetime.fromisoformat(told["timestamp"])
            if at.tzinfo is None:
                at = at.replace(tzinfo=UTC)
            return Entry(process, line, str(told["event"]), at, str(told.get("level", "")), told)
        except (ValueError, KeyError, TypeError):
            pass
    return _foreign(process, line)


def readable(entry: Entry, *, colour: bool = False) -> str:
    """Write an entry for people: time (UTC), process, level, event, fields; a traceback below it."""
    fields = " ".join(
        _told(name, value, colour=colour)
        for name, value in entry.fields.items()
        if name not in LEFT_OUT and value is not None
    )
    level = f"{entry.level:<8}"
    if colour and entry.level in COLOURS:
        level = f"{COLOURS[entry.level]}{level}{RESET}"
    line = f"{_time(entry.at)} {entry.process:<18} {level} {_printable(entry.event)} {fields}"
    trace = str(entry.fields.get("exception", "")).splitlines()
    return "\n".join([line.rstrip(), *(f"    {_printable(one)}" for one in trace)])


def as_object(entry: Entry) -> str:
    """Write an entry for programs: one JSON object, with the process that it is from."""
    foreign = {"event": entry.event, "level": entry.level or None}
    foreign |= {"timestamp": entry.at.isoformat() if entry.at else None}
    return json.dumps({"process": entry.process, **(entry.fields or foreign)})


def shown(process: str, line: str) -> str:
    """Return a line of ours for people, and any other as it is, without what could act on a terminal."""
    entry = read_entry(process, line)
    return readable(entry) if entry.fields else _printable(line)


def _foreign(process: str, line: str) -> Entry:
    stamp = STAMP.match(line)
    if stamp is None:
        return Entry(process, line, line)
    parts = (stamp["parts"] or "0").ljust(6, "0")
    at = datetime.fromisoformat(f"{stamp['at']}.{parts}{stamp['zone'] or '+00:00'}")
    rest = line[stamp.end() :].strip()
    word = WORD.search(rest[:NEAR])
    level = FOREIGN.get(word[1], word[1].lower()) if word else ""
    return Entry(process, line, rest, at, level)


def _time(at: datetime | None) -> str:
    if at is None:
        return " " * 12
    at = at.astimezone(UTC)
    pattern = "%H:%M:%S.%f" if at.date() == datetime.now(UTC).date() else "%Y-%m-%d %H:%M:%S.%f"
    return at.strftime(pattern)[:-3]


def _told(name: str, value: object, *, colour: bool) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if not text.isprintable() or " " in text or not text:
        text = json.dumps(text)
    return f"{DIM}{name}={RESET}{text}" if colour else f"{name}={text}"


def _printable(text: str) -> str:
    """Return the text without signs that could act on a terminal: much of it was sent by strangers."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign == "\t" else repr(sign)[1:-1] for sign in text
    )
