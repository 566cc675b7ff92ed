"""The spans of a batch: its own, and one for each delivery in it, linked both ways."""

from dataclasses import replace

from events import Waits
from tracing import Kind, Span, TraceContext, begin, begin_trace, leave, recorder
from tracing.messages import message_attributes
from tracing.names import BATCH_COUNT, CONSUMER_GROUP, FACT, MESSAGE_ID, OFFSET, PARTITION, WAIT
from tracing.span import Value

from messaging.model.delivery import Delivery, MessageContext
from messaging.model.hop import NS_PER_MS, Hop, now_ms
from messaging.model.spans import about

MOST_LINKS = 128
"""Limit of links of a batch: what other libraries keep, and more than anybody looks at."""


class BatchSpans:
    """The spans of one transaction, which are left to the block that it is done in."""

    def __init__(self, service: str, deliveries: int) -> None:
        self._service = service
        self._batch = begin_trace("handle batch", Kind.INTERNAL, {BATCH_COUNT: deliveries})
        self._batch.is_recorded = False  # before one of its deliveries is
        leave(self._batch)

    def follow(self, delivery: Delivery, error: Exception | None = None) -> MessageContext:
        """Begin the span of a delivery; gives the cause of all that follows from it.

        `error` says why it cannot be handled.
        """
        waits = delivery.hop.waits(now_ms()) if delivery.hop else None
        cause = replace(delivery.cause, waits=waits)
        if not recorder.is_on:
            return cause
        span = leave(self._begin(delivery, waits))
        if error is not None:
            span.fail(type(error).__name__)
        if span.is_recorded:
            self._note(span)
        return replace(cause, traceparent=span.traceparent or cause.traceparent)

    def _begin(self, delivery: Delivery, waits: Waits | None) -> Span:
        parent = TraceContext.parse(delivery.cause.traceparent)
        name, kind, attributes = self._described(delivery)
        attributes |= _told(waits)
        started_ns = _taken_ns(delivery.hop)
        if parent is None:
            return begin_trace(name, kind, attributes, started_ns=started_ns)
        span = begin(name, kind, parent, attributes, started_ns=started_ns)
        if delivery.record is not None:
            span.link([parent])
        return span

    def _described(self, delivery: Delivery) -> tuple[str, Kind, dict[str, Value]]:
        """Name what is done: a record of a topic is processed, what came otherwise is handled."""
        fact, record = delivery.fact, delivery.record
        if record is None:
            name = type(fact).__name__
            return f"handle {name}", Kind.INTERNAL, {FACT: name, **about(fact)}
        attributes = message_attributes("process", record.topic) | about(fact)
        attributes[CONSUMER_GROUP] = self._service
        attributes[PARTITION] = str(record.partition)
        attributes[OFFSET] = record.offset
        attributes[MESSAGE_ID] = str(delivery.event_id)
        return f"process {record.topic}", Kind.CONSUMER, attributes

    def _note(self, span: Span) -> None:
        """Link a delivery's span and the batch's with each other."""
        span.link([self._batch.context])
        self._batch.is_recorded = True
        if len(self._batch.links) < MOST_LINKS:
            self._batch.link([span.context])


def _told(waits: Waits | None) -> dict[str, Value]:
    parts = waits.parts() if waits else ()
    return {f"{WAIT}{part}_ms": ms for part, ms in parts if ms is not None}


def _taken_ns(hop: Hop | None) -> int | None:
    return hop.taken_ms * NS_PER_MS if hop and hop.taken_ms else None
