"""Named places where a process can be made to die, so that tests can prove what survives it.

`CRASH_AT=after-publish` ends the process at that point the first time it is reached; with
`CRASH_AT=after-publish:5` at the fifth. `CRASH_AT=@/some/file` arms it later: as soon as the file is
there, what it says counts. The process removes the file, so that its successor lives.
Without the variable a point costs two comparisons.
"""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NoReturn

POINTS = (
    "between-inbox-and-outbox",
    "after-commit",
    "before-acknowledge",
    "after-publish",
    "before-call",
    "after-answer",
)
"""In the order in which an event meets them: within the transaction and right behind it, before the
broker learns that the event is done with, before a relayed row is deleted, before the outside world
is asked, and before its answer is written down."""


class _Trap:
    """Place at which this process is to die, and how often it may come by until then."""

    def __init__(self, told: str) -> None:
        self.file = Path(told[1:]) if told.startswith("@") else None
        self._arm("" if self.file else told)

    def look_for_file(self, file: Path) -> None:
        with suppress(FileNotFoundError):
            told = file.read_text()
            file.unlink()
            self._arm(told.strip())

    def spring(self) -> None:
        """Come by once more."""
        self._left -= 1
        if self._left <= 0:
            die()

    def _arm(self, told: str) -> None:
        self.point, _, times = told.partition(":")
        self._left = int(times or 1)


@cache
def _trap() -> _Trap:
    return _Trap(os.environ.get("CRASH_AT", ""))


def reach(point: str) -> None:
    """Die here if this point is armed, as abruptly as from kill -9."""
    trap = _trap()
    if trap.file is not None:
        trap.look_for_file(trap.file)
    if point == trap.point:
        trap.spring()


def die() -> NoReturn:
    """End the process as abruptly as kill -9 does."""
    os._exit(137)
