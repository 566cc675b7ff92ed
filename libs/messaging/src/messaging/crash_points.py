"""Named places where a process can be made to die, so that tests can prove what survives it.

`CRASH_AT=after-publish` ends the process at that point the first time it is reached; with
`CRASH_AT=after-publish:5` at the fifth. Without the variable a point costs one comparison.
"""

import os
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
broker hears that the event is done with, before a relayed row is deleted, before the outside world
is asked, and before its answer is written down."""
_armed, _, _times = os.environ.get("CRASH_AT", "").partition(":")
_left = int(_times or 1)


def reach(point: str) -> None:
    """Die here if this point is armed, as abruptly as from kill -9."""
    global _left  # noqa: PLW0603  # one counter per process is the point
    if point != _armed:
        return
    _left -= 1
    if _left <= 0:
        die()


def die() -> NoReturn:
    """End the process as abruptly as kill -9 does."""
    os._exit(137)
