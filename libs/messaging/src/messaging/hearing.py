"""From a Faust event to a delivery."""

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from events import BY_TYPE_NAME, Envelope, UndecodableRecordError, decode, type_name_of

from messaging.delivery import Cause, Delivery, HeardRecord
from messaging.handlers import Handlers

NO_CAUSE = Cause(correlation_id="")


def to_delivery(event: Any, handlers: Handlers[Any]) -> Delivery:
    """Read one Faust event, decoding only what the service has a handler for."""
    message = event.message
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers
    heard = HeardRecord(
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value,
        tuple(headers or ()),
    )
    return deliver(heard, handlers, event.ack)


def deliver(heard: HeardRecord, handlers: Handlers[Any], acknowledge: Any) -> Delivery:
    """Make a delivery of a record; one in which there is nothing for the service carries no fact."""
    type_name = type_name_of(heard.headers)
    if type_name is not None and type_name not in handlers.type_names:
        known = type_name in BY_TYPE_NAME
        return _passed_over(acknowledge, unknown_type=None if known else type_name)
    delivery = read(heard, acknowledge)
    if delivery.fact is None:
        return delivery
    try:
        return delivery if handlers.concerns(delivery.fact) else _passed_over(acknowledge)
    except Exception as error:
        # An exception must not leave the agent; what cannot even be looked at is a dead letter.
        return replace(delivery, fact=None, error=error)


def _passed_over(acknowledge: Any, unknown_type: str | None = None) -> Delivery:
    """Nothing in it for this service; it is acknowledged in its turn."""
    return Delivery(fact=None, cause=NO_CAUSE, unknown_type=unknown_type, acknowledge=acknowledge)


def read(heard: HeardRecord, acknowledge: Any) -> Delivery:
    """Decode a record; one that is no event of ours becomes a delivery that carries the error."""
    try:
        envelope = _envelope(heard)
    except UndecodableRecordError as error:
        return Delivery(
            fact=None,
            cause=NO_CAUSE,
            event_id=_id_of(heard),
            record=heard,
            error=error,
            acknowledge=acknowledge,
        )
    return Delivery(
        fact=envelope.event,
        cause=Cause.of(envelope),
        event_id=envelope.id,
        record=heard,
        acknowledge=acknowledge,
    )


def _envelope(heard: HeardRecord) -> Envelope:
    envelope = decode(heard.headers, heard.value)
    if heard.key != envelope.event.key.encode():
        # Whoever goes by the key, as topics do, would take it for another order's.
        raise UndecodableRecordError("its key is not that of its event")
    return envelope


def _id_of(heard: HeardRecord) -> UUID:
    """An id for a record that has none of its own that could be trusted: its place in the topic."""
    return uuid5(NAMESPACE_OID, f"{heard.topic}/{heard.partition}/{heard.offset}")
