"""Logs in files: those of a process with its rotated ones, searched from their end, and followed.

A million lines (420 MB) are searched for an id in a quarter second, so nothing is indexed or stored twice.
"""

import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO, Self

from stack.log_lines import Entry, read_entry

from orderstream.errors import CommandError
from orderstream.logs.wanted import Wanted, chosen

NAME = re.compile(r"(?P<process>.+)\.log(?:\.(?P<age>\d+))?")
BLOCK = 256 * 1024
FAR = 200
"""Number of earlier lines in which the time of a line without one is looked for."""
POLL_SECONDS = 0.2
SLACK = timedelta(seconds=5)
"""Lines of one process may be written a little out of order, as its threads are."""
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def read(
    folder: Path, names: Sequence[str], wanted: Wanted, limit: int | None, *, follow: bool
) -> Iterator[Entry]:
    """Yield the lines of these processes, or of all; `limit`: the newest so many; then each that comes.

    Raises:
        CommandError: there are no logs yet, or none of such a process.
    """
    paths = files_of(folder)
    if not paths:
        raise CommandError("There are no logs yet. Start the system with: make up")
    with ExitStack() as stack:
        logs = {
            name: stack.enter_context(Log(name, paths[name], to_be_continued=follow))
            for name in chosen(names, paths)
        }
        found = in_order(entry for log in logs.values() for entry in log.newest(wanted, limit))
        yield from found[-limit:] if limit else found
        while follow:
            for name in set(chosen(names, files_of(folder) | paths)) - logs.keys():
                logs[name] = stack.enter_context(Log(name, []))
                logs[name].begin(folder / f"{name}.log")
            added = in_order(entry for log in logs.values() for entry in log.added())
            yield from (entry for entry in added if wanted.fits(entry))
            if not added:
                time.sleep(POLL_SECONDS)


def files_of(folder: Path) -> dict[str, list[Path]]:
    """Return the log files of each process, the newest first."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in folder.glob("*.log*"):
        if match := NAME.fullmatch(path.name):
            found.setdefault(match["process"], []).append((int(match["age"] or 0), path))
    return {process: [path for _, path in sorted(files)] for process, files in found.items()}


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Lines of all processes by time; those of one process at the same time stay as they are."""
    return sorted(entries, key=lambda entry: entry.at or BEFORE_ALL)


class Log:
    """What one process has logged: up to the moment at which this is made, then from it on."""

    def __init__(
        self, process: str, paths: Iterable[Path], *, to_be_continued: bool = False
    ) -> None:
        self._process = process
        self._files: list[BinaryIO] = []
        self._rest = b""
        for path in paths:
            self._open(path)
        if to_be_continued and self._files:
            _leave_unfinished(self._files[0])

    def __enter__(self) -> Self:
        """Have the files open for as long as the block lasts."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        for file in self._files:
            file.close()

    def begin(self, path: Path) -> None:
        """Read a file from its beginning, instead of the newest of before."""
        for file in self._files[:1]:
            file.close()
        self._files[:1] = [path.open("rb")]

    def newest(self, wanted: Wanted, limit: int | None) -> list[Entry]:
        """Return the last lines that are wanted, so many at most, oldest first."""
        return list(islice(self._backwards(wanted), limit))[::-1]

    def added(self) -> list[Entry]:
        """Return the whole lines that were written since; goes on with the next file after a rotation."""
        path = Path(str(self._files[0].name))
        text = self._files[0].read()
        if self._is_another(path):
            text += self._files[0].read()  # what was written between the reading and the rotation
            self.begin(path)
            text += self._files[0].read()
        *lines, self._rest = (self._rest + text).split(b"\n")
        return [self._entry(line) for line in lines if line]

    def _open(self, path: Path) -> None:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return  # dropped by a rotation
        if any(os.path.sameopenfile(file.fileno(), one.fileno()) for one in self._files):
            file.close()  # rotated meanwhile: it is open already
            return
        file.seek(0, os.SEEK_END)
        self._files.append(file)

    def _is_another(self, path: Path) -> bool:
        """Return whether the name means another file by now, or this one was emptied for another run."""
        there = os.fstat(self._files[0].fileno())
        if there.st_size < self._files[0].tell():
            return True
        try:
            return not os.path.samestat(there, path.stat())
        except FileNotFoundError:
            return False  # between the two steps of a rotation

    def _backwards(self, wanted: Wanted) -> Iterator[Entry]:
        for file in self._files:
            size = file.tell()
            if size == 0:
                continue
            with mmap(file.fileno(), size, access=ACCESS_READ) as data:
                text = wanted.texts[:1]
                found = _lines_with(data, size, *text) if text else _lines(data, size)
                for start, line in found:
                    if not line or not wanted.may_admit(line):
                        continue
                    entry = self._dated(data, start, line)
                    if wanted.since and entry.at and entry.at + SLACK < wanted.since:
                        return
                    if wanted.admits(entry):
                        yield entry

    def _dated(self, data: mmap, start: int, line: bytes) -> Entry:
        """Return the line; one without a time, as in a traceback, has the time of those before it."""
        entry = self._entry(line)
        if entry.at is not None:
            return entry
        before = (self._entry(one).at for _, one in islice(_lines(data, start), FAR))
        return replace(entry, at=next((at for at in before if at), None))

    def _entry(self, line: bytes) -> Entry:
        return read_entry(self._process, line.decode(errors="replace"))


def _leave_unfinished(file: BinaryIO) -> None:
    """Go back to the beginning of a last line that is still being written."""
    end = file.tell()
    begin = file.seek(max(0, end - BLOCK))
    file.seek(begin + file.read(end - begin).rfind(b"\n") + 1)


def _lines(data: mmap, end: int) -> Iterator[tuple[int, bytes]]:
    """Each line before `end`, the last first, and where it begins."""
    rest = b""
    end -= data[end - 1 : end] == b"\n"
    while end > 0:
        begin = max(0, end - BLOCK)
        rest, *lines = (data[begin:end] + rest).split(b"\n")
        start = begin + len(rest) + sum(map(len, lines)) + len(lines)
        for line in reversed(lines):
            start -= len(line)
            yield start, line
            start -= 1
        end = begin
    yield 0, rest


def _lines_with(data: mmap, end: int, text: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line before `end` that holds the text, likewise: there is no need to look at all others."""
    while (at := data.rfind(text, 0, end)) >= 0:
        following = data.find(b"\n", at, end)
        start = data.rfind(b"\n", 0, at) + 1
        yield start, data[start : end if following < 0 else following]
        end = start
