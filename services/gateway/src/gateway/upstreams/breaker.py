"""What failures may cost: the circuit breaker of one instance, and the retry budget of one upstream.

The breaker: an instance that keeps failing is left alone for a while.

Closed, every request goes through. Some failures in a row open it, and none does. After a pause it
is half open: one request at a time goes through as a trial. A few that succeed close it, one that
fails opens it again, for longer.
"""

import random
import time
from collections.abc import Callable
from enum import StrEnum

OPENS_AFTER = 3
CLOSES_AFTER = 2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 8.0
SPREAD = 0.2
"""Pauses differ by up to a fifth, so that many gateways do not come back at the same moment."""


class BreakerState(StrEnum):
    """State of a breaker: do requests go through?"""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Breaker that counts requests by how they end; `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._openings = 0
        self._successes = 0
        self._open_until: float | None = None
        self._trial_runs = False

    @property
    def state(self) -> BreakerState:
        """Whether requests go through just now."""
        if self._open_until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._clock() < self._open_until else BreakerState.HALF_OPEN

    def admits(self) -> bool:
        """Return whether a request may go through."""
        state = self.state
        return state is BreakerState.CLOSED or (
            state is BreakerState.HALF_OPEN and not self._trial_runs
        )

    def begin(self) -> bool:
        """Let a request through that is admitted; gives whether it is a trial."""
        trial = self.state is BreakerState.HALF_OPEN
        self._trial_runs = self._trial_runs or trial
        return trial

    def end(self, *, trial: bool, succeeded: bool | None) -> None:
        """Tell how a request ended; None when its caller gave it up."""
        if trial:
            self._trial_runs = False
        if succeeded is None or self.state is BreakerState.OPEN:
            return  # a request from before it opened tells nothing new
        if succeeded:
            self._succeeded()
        else:
            self._failed()

    def try_again(self) -> None:
        """End the pause: there is a sign that the instance is back."""
        if self._open_until is not None:
            self._open_until = min(self._open_until, self._clock())

    def _succeeded(self) -> None:
        self._failures = 0
        if self._open_until is None:
            return
        self._successes += 1
        if self._successes >= CLOSES_AFTER:
            self._open_until = None
            self._openings = 0

    def _failed(self) -> None:
        self._failures += 1
        if self._open_until is not None or self._failures >= OPENS_AFTER:
            pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._openings)
            self._open_until = self._clock() + pause * random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  # no secret
            self._openings = min(self._openings + 1, 8)
            self._successes = 0


SHARE = 0.2
"""Retries for each request, in the long run."""
ALWAYS_PER_S = 3.0
"""Retries a second that are granted at any load, or low traffic would get none."""
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
        """Pay in for a request that is not a retry."""
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
