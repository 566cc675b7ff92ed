"""A file that one process writes again and again is read whole by another, and by whom it may."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stack.folders import write_whole

LONG, SHORT = "x" * 1_000_000, "y"


@contextmanager
def written_again_and_again(file: Path) -> Iterator[None]:
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            write_whole(file, LONG)
            write_whole(file, SHORT)

    writing = threading.Thread(target=write)
    writing.start()
    try:
        yield
    finally:
        over.set()
        writing.join()


def test_a_reader_sees_what_was_or_what_is(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_whole(file, SHORT)
    with written_again_and_again(file):
        seen = {file.read_text() for _ in range(500)}
    assert seen <= {LONG, SHORT}


@pytest.mark.parametrize("mode", [0o600, 0o444, 0o644])
def test_a_file_has_its_permissions_and_leaves_no_other_behind(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "file"
    write_whole(file, b"one", mode)
    write_whole(file, "two", mode)
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("two", mode)
    assert [*tmp_path.iterdir()] == [file]
