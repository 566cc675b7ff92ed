"""Log lines that say the same again: a library that retries ten times a second must not fill the disk."""

import logging
import time
from collections.abc import Callable

AGAIN_AFTER_S = 10.0
REMEMBERED = 1_000
"""So many different lines are remembered; then it starts anew, and some are said once more."""


class Repeats(logging.Filter):
    """Lets the lines of some loggers through once in ten seconds each, with how many were left out.

    Lines are the same if their text is: the first is never held back, nor is one that differs.
    """

    def __init__(
        self, loggers: tuple[str, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._loggers = loggers
        self._clock = clock
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say this line; adds to it how often it was left out meanwhile."""
        if not record.name.startswith(self._loggers):
            return True
        now, text = self._clock(), record.getMessage()
        said_at, left_out = self._said.get((record.name, text), (float("-inf"), 0))
        if now - said_at < AGAIN_AFTER_S:
            self._said[record.name, text] = (said_at, left_out + 1)
            return False
        if len(self._said) >= REMEMBERED:
            self._said.clear()
        self._said[record.name, text] = (now, 0)
        if left_out:
            record.msg, record.args = (
                f"{text} (and {left_out} times more since it was last logged)",
                (),
            )
        return True
