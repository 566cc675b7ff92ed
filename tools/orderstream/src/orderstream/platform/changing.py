"""One change of a running system at a time: two at once would undo each other."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from orderstream.platform.folders import Folders


class ChangeUnderWayError(RuntimeError):
    """The system is being started, scaled or reset by somebody else."""


@contextmanager
def only_change(folders: Folders) -> Iterator[None]:
    """Keep everybody else from changing the system for as long as the block lasts.

    Raises:
        ChangeUnderWayError: somebody is at it.
    """
    with (folders.state / "change.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ChangeUnderWayError(
                f"The system in {folders.state} is being started, scaled or reset. "
                "Try again when that is done."
            ) from None
        yield
