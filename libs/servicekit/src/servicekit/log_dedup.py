"""Deduplication of log lines, so that retries and strangers cannot fill the disk."""

import logging
import time
from collections.abc import Callable

AGAIN_AFTER_S = 10.0
REMEMBERED = 1_000
"""How many different lines are remembered; then it starts over, and some are logged once more."""


class RepeatFilter(logging.Filter):
    """Filter that passes the lines of some loggers once in ten seconds each, with how many were left out.

    Lines are the same if their text is: the first is never held back, nor is one that differs.
    """

    def __init__(
        self, loggers: tuple[str, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._loggers = loggers
        self._clock = clock
        self._logged: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to log this line; adds to it how often it was left out meanwhile."""
        if not record.name.startswith(self._loggers):
            return True
        now, text = self._clock(), record.getMessage()
        logged_at, left_out = self._logged.get((record.name, text), (float("-inf"), 0))
        if now - logged_at < AGAIN_AFTER_S:
            self._logged[record.name, text] = (logged_at, left_out + 1)
            return False
        if len(self._logged) >= REMEMBERED:
            self._logged.clear()
        self._logged[record.name, text] = (now, 0)
        if left_out:
            record.msg, record.args = (
                f"{text} (and {left_out} times more since it was last logged)",
                (),
            )
        return True


class LogThrottle:
    """Throttle that lets each kind of event be logged once in ten seconds; kinds are few."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged: dict[str, tuple[float, int]] = {}

    def turn(self, kind: str) -> int | None:
        """Tell whether to log it now: how often it was left out meanwhile; None if it is left out again."""
        now = self._clock()
        logged_at, left_out = self._logged.get(kind, (float("-inf"), 0))
        if now - logged_at < AGAIN_AFTER_S:
            self._logged[kind] = (logged_at, left_out + 1)
            return None
        self._logged[kind] = (now, 0)
        return left_out
