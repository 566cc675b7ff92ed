"""The way of one message to its handler: when it was where, and what that makes of waits."""

import time
from dataclasses import dataclass

from events import Waits

NS_PER_MS = 1_000_000


def now_ms() -> int:
    """Give the time of this machine's clock in ms since 1970."""
    return time.time_ns() // NS_PER_MS


@dataclass(slots=True)
class Hop:
    """When a message was where, in ms since 1970; `taken_ms` is noted when its batch is taken up.

    An event was emitted and sent. An answer was asked for at `asked_ms`, `before` being the waits of
    the event that led to the question.
    """

    arrived_ms: int
    emitted_ms: int | None = None
    sent_ms: int | None = None
    asked_ms: int | None = None
    before: Waits | None = None
    taken_ms: int | None = None

    def waits(self, until_ms: int) -> Waits:
        """Give the parts of the way up to this moment of its handling."""
        taken_ms = self.arrived_ms if self.taken_ms is None else self.taken_ms
        linger, handling = _between(self.arrived_ms, taken_ms), _between(taken_ms, until_ms)
        before = self.before or Waits()
        return Waits(
            outbox=_between(self.emitted_ms, self.sent_ms) if self.sent_ms else before.outbox,
            broker=_between(self.sent_ms, self.arrived_ms) if self.sent_ms else before.broker,
            linger=_sum(before.linger, linger),
            handling=_sum(before.handling, handling),
            outside=_between(self.asked_ms, self.arrived_ms),
        )


def _between(begin_ms: int | None, end_ms: int) -> int | None:
    """Give a difference, or 0 where the clocks of two machines have it below that."""
    return None if begin_ms is None else max(0, end_ms - begin_ms)


def _sum(before: int | None, more: int | None) -> int | None:
    return more if before is None else before + (more or 0)
