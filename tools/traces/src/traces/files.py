"""The numbered files that hold the spans: when the newest is full another one begins, and the oldest goes.

Removing a file takes a moment and gives its room back; deleting rows takes seconds and gives back nothing.
"""

from pathlib import Path

SHARES = 8
"""How many files there are at most, all together within the room: so much of the past goes at once."""
PATTERN = "spans-*.db*"
SET_ASIDE = ".corrupt"
WITH_IT = ("", "-wal", "-shm")
"""What SQLite writes beside a database has its name with these endings."""


class SpanFiles:
    """The files of one folder, oldest first; `max_bytes` is the room of all of them together."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def readable(self) -> list[Path]:
        """Return the databases, oldest first."""
        return [path for path in self._all() if path.suffix == ".db"]

    def is_full(self, path: Path) -> bool:
        """Return whether the next spans belong into another file."""
        return _size(path) >= self._max_bytes // SHARES

    def next(self) -> Path:
        """Make room for one more file, and create it: only its owner may read it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room()
        path = self._folder / f"spans-{self._last_number() + 1:08}.db"
        path.touch(mode=0o600)  # SQLite gives its other files the mode of this one
        return path

    def set_aside(self, path: Path) -> Path:
        """Rename a file that cannot be read; it stays, within the room, for people to look at."""
        aside = path.with_name(path.name + SET_ASIDE)
        path.rename(aside)
        _remove(path)
        return aside

    def _make_room(self) -> None:
        share = self._max_bytes // SHARES
        oldest_first = self._all()
        total = sum(map(_size, oldest_first))
        while oldest_first and total + share > self._max_bytes:
            oldest = oldest_first.pop(0)
            total -= _size(oldest)
            _remove(oldest)

    def _last_number(self) -> int:
        return max((_number(path) for path in self._all()), default=0)

    def _all(self) -> list[Path]:
        found = self._folder.glob(PATTERN)
        return sorted(path for path in found if not path.name.endswith(WITH_IT[1:]))


def _number(path: Path) -> int:
    digits = path.name.partition(".")[0].removeprefix("spans-")
    return int(digits) if digits.isdecimal() else 0


def _size(path: Path) -> int:
    parts = (path.with_name(path.name + ending) for ending in WITH_IT)
    return sum(part.stat().st_size for part in parts if part.exists())


def _remove(path: Path) -> None:
    for ending in WITH_IT:
        path.with_name(path.name + ending).unlink(missing_ok=True)
