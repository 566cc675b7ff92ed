"""The spans of what the relay sends: one for each topic of a batch, linked to the events in it."""

from collections import defaultdict
from collections.abc import Sequence

from tracing import Kind, Span, TraceContext, begin_trace, recorder
from tracing.context import TRACEPARENT
from tracing.messages import message_attributes
from tracing.names import BATCH_COUNT, SWEPT

from messaging.outbound.outbox import OutboxRow
from messaging.outbound.publisher import HandedOver, Publisher

NOT_ACKNOWLEDGED = "not_acknowledged"


async def hand_over(
    publisher: Publisher, rows: Sequence[OutboxRow], *, swept: bool = False
) -> HandedOver:
    """Publish rows, and record which events were sent together; `swept` rows were found in the table."""
    sent = [_begin(topic, some, swept=swept) for topic, some in _by_topic(rows).items()]
    handed_over = await publisher.hand_over(rows)
    kept = {row.position for row in handed_over.acknowledged}
    for span, positions in sent:
        if not positions <= kept:
            span.fail(NOT_ACKNOWLEDGED)
        span.end()
    return handed_over


def _by_topic(rows: Sequence[OutboxRow]) -> dict[str, list[OutboxRow]]:
    found: dict[str, list[OutboxRow]] = defaultdict(list)
    for row in rows if recorder.is_on else ():
        found[row.record.topic].append(row)
    return found


def _begin(topic: str, rows: Sequence[OutboxRow], *, swept: bool) -> tuple[Span, set[int]]:
    attributes = message_attributes("send", topic)
    attributes[BATCH_COUNT] = len(rows)
    if swept:
        attributes[SWEPT] = True
    span = begin_trace(f"send {topic}", Kind.CLIENT, attributes)
    span.link(context for row in rows if (context := _created(row)) and context.is_sampled)
    span.is_recorded = bool(span.links)
    return span, {row.position for row in rows}


def _created(row: OutboxRow) -> TraceContext | None:
    """Read the context of an event's creation, which every sender leaves as it is."""
    for name, value in row.record.headers:
        if name == TRACEPARENT and value is not None:
            return TraceContext.parse(value.decode(errors="replace"))
    return None
