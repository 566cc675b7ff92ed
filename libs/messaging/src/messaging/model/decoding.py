"""From a record of the broker to a delivery."""

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from events import BY_TYPE_NAME, Envelope, UndecodableRecordError, decode, type_name_of

from messaging.model.delivery import ConsumedRecord, Delivery, MessageContext
from messaging.model.handlers import Handlers
from messaging.model.hop import Hop

NO_CAUSE = MessageContext(correlation_id="")


def to_delivery(record: ConsumedRecord, handlers: Handlers[Any], acknowledge: Any) -> Delivery:
    """Make a delivery of a record; one in which there is nothing for the service carries no fact."""
    type_name = type_name_of(record.headers)
    if type_name is not None and type_name not in handlers.type_names:
        known = type_name in BY_TYPE_NAME
        return _passed_over(acknowledge, unknown_type=None if known else type_name)
    delivery = decode_delivery(record, acknowledge)
    if delivery.fact is None:
        return delivery
    try:
        return delivery if handlers.concerns(delivery.fact) else _passed_over(acknowledge)
    except Exception as error:
        # An exception must not leave the agent; what cannot even be looked at is a dead letter.
        return replace(delivery, fact=None, error=error)


def _passed_over(acknowledge: Any, unknown_type: str | None = None) -> Delivery:
    """Return a delivery with nothing in it for this service; it is acknowledged in its turn."""
    return Delivery(fact=None, cause=NO_CAUSE, unknown_type=unknown_type, acknowledge=acknowledge)


def decode_delivery(record: ConsumedRecord, acknowledge: Any) -> Delivery:
    """Decode a record; one that is no event of ours becomes a delivery that carries the error."""
    try:
        envelope = _envelope(record)
    except UndecodableRecordError as error:
        return Delivery(
            fact=None,
            cause=NO_CAUSE,
            event_id=_id_of(record),
            record=record,
            error=error,
            acknowledge=acknowledge,
        )
    return Delivery(
        fact=envelope.event,
        cause=MessageContext.of(envelope),
        event_id=envelope.id,
        record=record,
        hop=_hop(record, envelope),
        acknowledge=acknowledge,
    )


def _envelope(record: ConsumedRecord) -> Envelope:
    envelope = decode(record.headers, record.value)
    if record.key != envelope.event.key.encode():
        # A reader that goes by the key, as partitions do, would take it for another order's.
        raise UndecodableRecordError("its key is not that of its event")
    return envelope


def _hop(record: ConsumedRecord, envelope: Envelope) -> Hop | None:
    """Give the way of an event that has just come; what is read again has been on no way."""
    if record.arrived_ms is None:
        return None
    emitted_ms = int(envelope.time.timestamp() * 1000)
    return Hop(record.arrived_ms, emitted_ms=emitted_ms, sent_ms=record.sent_ms)


def _id_of(record: ConsumedRecord) -> UUID:
    """Return an id for a record without a trustworthy one of its own: its place in the topic."""
    return uuid5(NAMESPACE_OID, f"{record.topic}/{record.partition}/{record.offset}")
