"""The breaker: when nothing at all can be handled, the fault is ours and not the events'."""

import time

import structlog

log = structlog.get_logger(__name__)

TRIP_AFTER = 10
"""So many failures with no success between them are no accident."""


class Breaker:
    """Counts what could not be handled in a row. While it is open nothing becomes a dead letter."""

    def __init__(self) -> None:
        self._failed = 0
        self._reason = ""
        self._opened_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the worker holds back instead of setting aside."""
        return self._failed >= TRIP_AFTER

    @property
    def open_s(self) -> float:
        """For how long it has been open, in seconds; 0 if it is not."""
        return time.monotonic() - self._opened_at if self.is_open else 0.0

    def failed(self, error: Exception) -> None:
        """Something could not be handled."""
        self._failed += 1
        self._reason = f"{type(error).__name__}: {error}"
        if self._failed == TRIP_AFTER:
            self._opened_at = time.monotonic()
            log.critical(
                "paused: nothing can be handled, so nothing is set aside any more",
                failures=self._failed,
                error=self._reason,
            )

    def succeeded(self) -> None:
        """Something could be handled, so what cannot is an exception."""
        if self.is_open:
            log.info("going on: events can be handled again")
        self._failed = 0

    def reset(self) -> None:
        """Begin to count anew: people have seen to what could not be handled."""
        self._failed = 0

    async def check(self) -> str | None:
        """For readiness: what is wrong, if the worker is paused."""
        if not self.is_open:
            return None
        return f"paused: the last {self._failed} events could not be handled ({self._reason})"
