"""The windows of the shop's numbers as this gateway has consumed them, partitions added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from events import DashboardUpdated, Envelope, WindowCounts
from events.topics import DASHBOARD_UPDATES
from messaging import TopicReader

KEPT = 60
"""Number of windows that are kept: the newest in which something happened."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole window, or several of them in a row."""

    start: datetime
    length: timedelta
    closed: bool
    counts: WindowCounts


class DashboardStore:
    """The newest revision of each partition's part of each window.

    Every gateway reads all of the topic by itself, in no group, from as far back as it is kept. A
    part is cumulative, so one that comes twice or too late changes nothing.
    """

    def __init__(self) -> None:
        self._parts: dict[datetime, dict[int, DashboardUpdated]] = {}
        self._changed: set[datetime] = set()

    async def follow(self, bootstrap: str) -> None:
        """Consume the numbers until cancelled."""
        await TopicReader(bootstrap, DASHBOARD_UPDATES, self.consume, from_beginning=True).run()

    def consume(self, envelope: Envelope) -> None:
        """Take over a part of a window, unless a newer revision of it is known."""
        update = envelope.event
        if not isinstance(update, DashboardUpdated):
            return
        parts = self._parts.setdefault(update.window_start, {})
        known = parts.get(update.partition)
        if known is None or known.revision <= update.revision:
            parts[update.partition] = update
            self._changed.add(update.window_start)
        while len(self._parts) > KEPT:
            self._parts.pop(min(self._parts))

    def windows(self) -> list[Whole]:
        """Return every window that is remembered, the oldest first."""
        return [_whole(self._parts[start]) for start in sorted(self._parts)]

    def take_changed(self) -> list[Whole]:
        """Return the windows that have changed since this was last asked, the oldest first."""
        changed, self._changed = sorted(self._changed & self._parts.keys()), set()
        return [_whole(self._parts[start]) for start in changed]

    def since(self, start: datetime, length: timedelta) -> Whole:
        """Return the sum of all windows that began since then."""
        parts = [one for begin in self._parts if begin >= start for one in self._of(begin)]
        return Whole(start, length, closed=False, counts=_sum(parts))

    def _of(self, start: datetime) -> Sequence[DashboardUpdated]:
        return list(self._parts[start].values())


def _whole(parts: Mapping[int, DashboardUpdated]) -> Whole:
    updates = list(parts.values())
    length = timedelta(milliseconds=updates[0].window_ms)
    closed = all(update.closed for update in updates)
    return Whole(updates[0].window_start, length, closed, _sum(updates))


def _sum(updates: Sequence[DashboardUpdated]) -> WindowCounts:
    total = WindowCounts()
    for update in updates:
        total.add(WindowCounts.of(update))
    return total
