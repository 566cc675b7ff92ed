"""Named places where a process can be made to die, so that tests can prove what survives it.

`CRASH_AT=after-publish` ends the process at that point the first time it is reached; with
`CRASH_AT=after-publish:5` at the fifth. Without the variable a point costs one comparison.
"""

import os

POINTS = ("after-commit", "after-publish")
_armed, _, _times = os.environ.get("CRASH_AT", "").partition(":")
_left = int(_times or 1)


def reach(point: str) -> None:
    """Die here if this point is armed, as abruptly as from kill -9."""
    global _left  # noqa: PLW0603  # one counter per process is the point
    if point != _armed:
        return
    _left -= 1
    if _left <= 0:
        os._exit(137)
