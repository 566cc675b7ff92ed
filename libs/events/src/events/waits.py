"""Where the time of a hop went: it travels with the event that the hop led to, traced or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

_MS = r"(\d{0,12})"
_PATTERN = re.compile(rf"{_MS},{_MS},{_MS},{_MS};{_MS}")


@dataclass(frozen=True, slots=True)
class Waits:
    """The parts of the way from one event's emission to the next one's, in milliseconds.

    `outbox` lasts from the emission to the sending, its commit included; `broker` until the record
    arrives at the listener; `linger` until its batch is taken up; `handling` until the next event is
    emitted. `outside` is what the world outside took to answer, if it was asked. None stands for a
    part that is not known, or that there was not.
    """

    outbox: int | None = None
    broker: int | None = None
    linger: int | None = None
    handling: int | None = None
    outside: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` has written: `12,6,31,14;404`, empty where unknown; None if it is none."""
        found = _PATTERN.fullmatch(text)
        return None if found is None else cls(*(int(ms) if ms else None for ms in found.groups()))

    def __str__(self) -> str:
        *before, outside = ("" if ms is None else str(ms) for _, ms in self.parts())
        return f"{','.join(before)};{outside}"

    def parts(self) -> Iterator[tuple[str, int | None]]:
        """Give each part with its name, in the order in which they follow."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))
