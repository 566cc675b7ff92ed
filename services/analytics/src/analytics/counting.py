"""Counting what was consumed, batch by batch: count, keep, acknowledge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from events import OrderStatusChanged
from messaging import BatchClock, BatchSpans, Buffer, Delivery
from tracing import ended_together

from analytics.handlers import count_change
from analytics.window import Window
from analytics.windows import Place, Windows

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Counted:
    """The facts of a batch that could be counted; `fresh` are those that had not been before."""

    all: list[Delivery] = field(default_factory=list)
    fresh: list[Delivery] = field(default_factory=list)

    def note(self, delivery: Delivery, *, is_fresh: bool) -> None:
        """Add a delivery; one without a fact is not among them."""
        if delivery.fact is not None:
            self.all.append(delivery)
        if is_fresh:
            self.fresh.append(delivery)


class WindowCounter:
    """Counter of deliveries into windows. `finished` counts what it is done with."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self.finished = 0

    async def run(self, buffer: Buffer) -> None:
        """Count until cancelled.

        Raises:
            KafkaError: the changelog cannot be written, so nothing may be acknowledged.
        """
        while True:
            await self.count(await buffer.take())

    async def count(self, batch: Sequence[Delivery]) -> None:
        """Count a batch; it is acknowledged once the changelog has what came of it.

        Should the process end in between, the batch is consumed again, and what of it the
        changelog has is known.
        """
        with ended_together():
            spans = BatchSpans("analytics", len(batch))
            for delivery in batch:
                if delivery.fact is not None:
                    spans.follow(delivery)
            clock = BatchClock()
            counted = await self._keep(batch, clock)
            clock.committed(counted.all, counted.fresh)
        for delivery in batch:
            delivery.acknowledge()
        self.finished += len(batch)

    async def _keep(self, batch: Sequence[Delivery], clock: BatchClock) -> Counted:
        clock.loaded()
        counted = Counted()
        changed: dict[Place, Window] = {}
        newest = self._windows.newest()
        for delivery in batch:
            try:
                counted.note(delivery, is_fresh=self._count(delivery, newest, changed))
            except Exception:
                # A dashboard does not stop for one fact; the services that act on it set it aside.
                log.exception("record_uncountable", record=_place_of(delivery))
        for place, window in changed.items():
            self._windows.keep(place, window)
        clock.done("handle")
        await self._windows.written()
        return counted

    def _count(
        self, delivery: Delivery, newest: Mapping[int, Place], changed: dict[Place, Window]
    ) -> bool:
        """Count a delivery; says whether it is one that was not counted before."""
        if delivery.error is not None:
            raise delivery.error
        event, record = delivery.fact, delivery.record
        if not isinstance(event, OrderStatusChanged) or record is None:
            return False
        # A clock that goes ahead must not push the windows of today into the past.
        place = self._windows.place(record.partition, min(event.changed_at, datetime.now(UTC)))
        late = place.is_past(newest)
        if late:
            place = newest[record.partition]
        if place not in changed:
            changed[place] = self._windows.read(place)
        window = changed[place]
        if not window.note(event.order_id, delivery.cause.sequence):
            return False
        if late:
            window.counts.late += 1
        else:
            count_change(event, window.counts)
        return True


def _place_of(delivery: Delivery) -> str:
    record = delivery.record
    return f"{record.topic}/{record.partition}/{record.offset}" if record else ""
