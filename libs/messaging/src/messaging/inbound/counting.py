"""Counting what became of a batch, once it is committed."""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from messaging.metrics import BATCH_RECORDS, batch_part, events_handled, hop_part
from messaging.model.delivery import Delivery
from messaging.model.hop import now_ms

TIMER, ANSWER, REDRIVE = "timer", "answer", "redrive"


class BatchClock:
    """The times of one transaction, told only once it is committed."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, float]] = []
        self._at = perf_counter()
        self._decided_ms = 0

    def done(self, part: str) -> None:
        """Note that a part of it ends now, and the next one begins."""
        now = perf_counter()
        self._parts.append((part, now - self._at))
        self._at = now

    def loaded(self) -> None:
        """Note that the handlers begin to decide: there a hop ends, and the next one begins."""
        self.done("load")
        self._decided_ms = now_ms()

    def committed(self, batch: Sequence[Delivery], fresh: Sequence[Delivery]) -> None:
        """Count a committed batch, of which `fresh` was not handled before."""
        self.done("commit")
        for part, seconds in self._parts:
            batch_part(part).observe(seconds)
        BATCH_RECORDS.observe(len(batch))
        for delivery in fresh:
            _note_handled(delivery, self._decided_ms)
        count_repeats(batch, fresh)


def count_repeats(batch: Sequence[Delivery], fresh: Sequence[Delivery]) -> None:
    """Count what of a batch the inbox knew already."""
    if len(fresh) < len(batch):
        known = {id(delivery) for delivery in fresh}
        for delivery in batch:
            if id(delivery) not in known:
                events_handled(source_of(delivery), "repeated").inc()


def source_of(delivery: Delivery) -> str:
    """Name the topic that a delivery came on, or its kind if it came on none."""
    if delivery.record is not None:
        return delivery.record.topic
    if delivery.redrive is not None:
        return REDRIVE
    return TIMER if delivery.command_key is None else ANSWER


def _note_handled(delivery: Delivery, until_ms: int) -> None:
    source = source_of(delivery)
    events_handled(source, "handled").inc()
    if delivery.hop is None:
        return
    # An answer carries the waits of what it was asked for, which are counted already.
    hop = delivery.hop if delivery.hop.before is None else replace(delivery.hop, before=None)
    for part, ms in hop.waits(until_ms).parts():
        if ms is not None:
            hop_part(source, part).observe(ms / 1000)
