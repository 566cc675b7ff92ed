"""Which lines are looked for, and what a user may write to say so."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stack.log_lines import SEVERITY, Entry

from orderstream.errors import CommandError

AGE = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?")
TRACE = re.compile(r"(?:00-)?(?P<id>[0-9a-f]{32})(?:-[0-9a-f]{16}-[0-9a-f]{2})?")

LEVEL = b'"level": "'
AS_WRITTEN = {
    least: tuple(LEVEL + level.encode() for level in SEVERITY if SEVERITY[level] >= SEVERITY[least])
    for least in SEVERITY
} | {"debug": (LEVEL,)}
"""How our lines say each level from this one on; at debug all do."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a line has to hold, from when to when, and how bad it has to be."""

    texts: tuple[bytes, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    level: str = "debug"

    def may_admit(self, line: bytes) -> bool:
        """Return whether it is worth understanding the line: this costs a tenth of that."""
        if not all(text in line for text in self.texts):
            return False
        return LEVEL not in line or any(one in line for one in AS_WRITTEN[self.level])

    def admits(self, entry: Entry) -> bool:
        """Return whether the line is to be shown."""
        if entry.severity < SEVERITY[self.level]:
            return False
        if entry.at is None:
            return True
        is_late = self.until is not None and entry.at > self.until
        return not is_late and (self.since is None or entry.at >= self.since)

    def fits(self, entry: Entry) -> bool:
        """Return whether a line that was understood already is one of these."""
        return self.may_admit(entry.raw.encode()) and self.admits(entry)


def moment(text: str, now: datetime) -> datetime:
    """Read a time in UTC: an age (90s, 10m, 2h, 1d), a time of today, or a date.

    Raises:
        CommandError: it is none of these.
    """
    if age := AGE.fullmatch(text):
        try:
            return now - timedelta(**{UNITS[age[2]]: float(age[1])})
        except OverflowError:
            raise CommandError(f"{text} is longer ago than anything was logged.") from None
    today = f"{now.date()}T" if CLOCK.fullmatch(text) else ""
    try:
        at = datetime.fromisoformat(today + text)
    except ValueError:
        raise CommandError(
            f"{text!r} is no time. Write how long ago, such as 90s, 10m, 2h or 1d, "
            "or when, such as 14:05 or 2026-11-30T14:05 (UTC)."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def trace_id(text: str) -> str:
    """Read the id of a trace, given by itself or in a `traceparent`.

    Raises:
        CommandError: it is neither.
    """
    found = TRACE.fullmatch(text.strip().lower())
    if found is None:
        raise CommandError(
            f"{text!r} is no trace. Give its id, 32 hexadecimal digits, or a traceparent header."
        )
    return found["id"]


def chosen(names: Sequence[str], known: Iterable[str]) -> list[str]:
    """Return every process that is meant: `payment` stands for all of payment's, `payment-worker` for its instances.

    Raises:
        CommandError: there is none of such a name.
    """
    known = sorted(known)
    for name in names:
        if not any(_is_of(name, one) for one in known):
            raise CommandError(f"there is no log of {name}; there are: {', '.join(known)}")
    return [one for one in known if not names or any(_is_of(name, one) for name in names)]


def _is_of(name: str, process: str) -> bool:
    return process == name or process.startswith(f"{name}-")
