"""Saying the windows' numbers: whatever has been kept and was not said yet, once a second."""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

import structlog
from events import DashboardUpdated, Envelope, Money, encode
from messaging import OutboxRow, Publisher
from uuid_utils.compat import uuid7

from analytics.window import Window
from analytics.windows import Place, Windows

log = structlog.get_logger(__name__)

TELL_EVERY_S = 1.0
CLOSE_AFTER_S = 2.0
"""Facts need a moment to come here; a window is closed so long after its end."""
PRODUCTS = 50
"""The most products that an update names: those of which this partition sold most units."""


class WindowPublisher:
    """Publisher of every revision that this instance has not published, counted here or recovered.

    `held` gives the partitions of this instance, or None during a rebalance while
    windows are recovered: what the table has then is not to be said.
    """

    def __init__(
        self,
        windows: Windows,
        publisher: Publisher,
        currency: str,
        held: Callable[[], Collection[int] | None],
    ) -> None:
        self._windows = windows
        self._publisher = publisher
        self._currency = currency
        self._held = held
        self._said: dict[Place, int] = {}

    async def run(self) -> None:
        """Say what is new every second, until cancelled."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            held = self._held()
            if held is not None:
                self._windows.leave(held)
                await self.tell(datetime.now(UTC))

    async def tell(self, now: datetime) -> None:
        """Close what is over, say what is new, and forget what is long past and has been said."""
        self._close(now)
        # Nothing is said that a crash could take back.
        await self._windows.written()
        news = {place: self._windows.read(place) for place in self._windows}
        news = {p: window for p, window in news.items() if window.revision > self._said.get(p, 0)}
        rows = [
            OutboxRow(number, encode(self._envelope(place, window, now)))
            for number, (place, window) in enumerate(news.items())
        ]
        places = list(news)
        published = await self._publisher.publish(rows) if rows else []
        for row in published:
            place = places[row.position]
            self._said[place] = news[place].revision
        if len(published) == len(rows):
            self._windows.forget_past()
            kept = set(self._windows)
            self._said = {place: said for place, said in self._said.items() if place in kept}

    def _close(self, now: datetime) -> None:
        over = now.timestamp() - self._windows.seconds - CLOSE_AFTER_S
        for place in self._windows:
            if place.window[0] <= over:
                window = self._windows.read(place)
                if not window.closed:
                    window.closed = True
                    self._windows.keep(place, window)

    def _envelope(self, place: Place, window: Window, now: datetime) -> Envelope:
        update = update_of(place, window, self._windows.seconds, self._currency)
        return Envelope(
            event=update,
            id=uuid7(),
            source="analytics",
            time=now,
            correlation_id=update.key,
            sequence=window.revision,
        )


def update_of(place: Place, window: Window, seconds: float, currency: str) -> DashboardUpdated:
    """Return the update about one partition's part of a window."""
    counts = window.counts
    return DashboardUpdated(
        window_start=place.start,
        window_ms=round(timedelta(seconds=seconds) / timedelta(milliseconds=1)),
        orders_by_status=counts.statuses,
        revenue=Money(amount=counts.revenue[currency], currency=currency),
        partition=place.partition,
        revision=window.revision,
        closed=window.closed,
        orders_by_country=counts.countries,
        cancelled_by_reason=counts.reasons,
        units_by_product=dict(counts.units.most_common(PRODUCTS)),
        latency_buckets=counts.latency,
        late=counts.late,
    )
