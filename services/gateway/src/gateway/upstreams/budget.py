"""How much may be tried again: a share of what is asked, so that retries never become the load."""

import time
from collections.abc import Callable

SHARE = 0.2
"""Retries for each request, in the long run."""
ALWAYS_PER_S = 3.0
"""So many are granted whatever is asked, or nobody would be helped while little is asked."""
SAVED_AT_MOST = 30.0


class RetryBudget:
    """Every request pays a fifth of a retry in, and time pays some; every retry costs one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._saved = SAVED_AT_MOST
        self._at = clock()
        self.spent = 0
        self.refused = 0

    def request(self) -> None:
        """A request was asked for, not yet a retry."""
        self._save(SHARE)

    def retry(self) -> bool:
        """Take one retry out, if there is one."""
        now = self._clock()
        self._save((now - self._at) * ALWAYS_PER_S)
        self._at = now
        if self._saved < 1:
            self.refused += 1
            return False
        self._saved -= 1
        self.spent += 1
        return True

    def _save(self, amount: float) -> None:
        self._saved = min(SAVED_AT_MOST, self._saved + amount)
