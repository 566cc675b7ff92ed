"""Whose turn it is: tests run beside each other, but one marked `alone` has all systems to itself."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait for a turn beside the others, or `alone`, and keep it for as long as the block lasts.

    The workers of a test run meet at two locks in `folder`. A waiting worker holds the door,
    so that one that wants to be alone is not overtaken by those that may run beside each other.
    """
    with (folder / "turns.door").open("w") as door, (folder / "turns.lock").open("w") as place:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(place, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield
