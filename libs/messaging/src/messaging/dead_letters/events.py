"""Events about dead letters, so that an order shows what holds it."""

from datetime import UTC, datetime

from events import (
    DeadLettered,
    DeadLetterOutcome,
    DeadLetterSettled,
    Envelope,
    OrderEvent,
    OrderId,
    Record,
    encode,
)
from pydantic import TypeAdapter, ValidationError
from uuid_utils.compat import uuid7

from messaging.model.delivery import MessageContext
from messaging.model.spans import creation_context

ORDER_ID: TypeAdapter[str] = TypeAdapter(OrderId)
STANDS_ALONE = 1
"""The sequence of every notice: they name their letter, so none outranks another."""


def dead_lettered(
    service: str, letter: int, cause: MessageContext, *, order_id: str, fact: str, error: str
) -> Record | None:
    """Make the event that something was set aside; None if it is about no order."""
    if not _is_order(order_id):
        return None
    event = DeadLettered(
        order_id=order_id,
        service=service,
        letter=letter,
        fact=fact,
        error=error,
        set_aside_at=datetime.now(UTC),
    )
    return _say(event, service, cause)


def settled(
    service: str, letter: int, cause: MessageContext, order_id: str, outcome: DeadLetterOutcome
) -> Record | None:
    """Make the event that a letter is settled; None if it is about no order."""
    if not _is_order(order_id):
        return None
    event = DeadLetterSettled(order_id=order_id, service=service, letter=letter, outcome=outcome)
    return _say(event, service, cause)


def _is_order(order_id: str) -> bool:
    try:
        ORDER_ID.validate_python(order_id)
    except ValidationError:
        return False
    return True


def _say(event: OrderEvent, service: str, cause: MessageContext) -> Record:
    event_id = uuid7()
    envelope = Envelope(
        event=event,
        id=event_id,
        source=service,
        time=datetime.now(UTC),
        correlation_id=cause.correlation_id or event.order_id,
        causation_id=cause.causation_id,
        sequence=STANDS_ALONE,
        traceparent=creation_context(event, event_id, cause.traceparent),
        baggage=cause.baggage,
        waits=cause.waits,
    )
    return encode(envelope)
