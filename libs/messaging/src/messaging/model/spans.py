"""The span of an event's creation, and what spans say about a fact.

Names and attributes are those of OpenTelemetry's conventions for messaging; see docs/tracing.md.
"""

from uuid import UUID

from events import Event
from tracing import Kind, TraceContext, begin, leave, recorder
from tracing.messages import message_attributes
from tracing.names import CONVERSATION_ID, EVENT_TYPE, MESSAGE_ID, MESSAGE_KEY
from tracing.span import Value


def creation_context(event: Event, event_id: UUID, traceparent: str | None) -> str | None:
    """Begin the span of an event's creation, which ends with the transaction; gives its `traceparent`.

    It follows from the span that `traceparent` names. Where spans are not recorded, that goes on unchanged.
    """
    if not recorder.is_on:
        return traceparent
    attributes = message_attributes("create", event.topic.name) | about(event)
    attributes[MESSAGE_ID] = str(event_id)
    parent = TraceContext.parse(traceparent)
    span = leave(begin(f"create {event.topic.name}", Kind.PRODUCER, parent, attributes))
    return span.traceparent or traceparent


def about(fact: object) -> dict[str, Value]:
    """Give the attributes that name an event, and the conversation that a fact belongs to: its order."""
    told: dict[str, Value] = {}
    if isinstance(fact, Event):
        told |= {EVENT_TYPE: fact.type_name(), MESSAGE_KEY: fact.key}
    if order_id := getattr(fact, "order_id", None):
        told[CONVERSATION_ID] = order_id
    return told
