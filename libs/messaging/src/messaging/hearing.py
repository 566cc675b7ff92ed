"""From a Faust event to a delivery."""

from collections.abc import Collection
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from events import UndecodableRecordError, decode, type_name_of

from messaging.delivery import Cause, Delivery, HeardRecord

NO_CAUSE = Cause(correlation_id="")


def to_delivery(event: Any, type_names: Collection[str]) -> Delivery:
    """Read one Faust event, decoding only what the service has a handler for."""
    message = event.message
    headers = list(
        message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    )
    type_name = type_name_of(headers)
    if type_name is not None and type_name not in type_names:
        return Delivery(fact=None, cause=NO_CAUSE, acknowledge=event.ack)
    heard = HeardRecord(
        message.topic,
        message.partition,
        message.offset,
        message.key,
        message.value,
        tuple(headers),
    )
    return read(heard, event.ack)


def read(heard: HeardRecord, acknowledge: Any) -> Delivery:
    """Decode a record; one that is no event of ours becomes a delivery that carries the error."""
    try:
        envelope = decode(heard.headers, heard.value)
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
        cause=Cause(envelope.correlation_id, envelope.id, envelope.traceparent, envelope.sequence),
        event_id=envelope.id,
        record=heard,
        acknowledge=acknowledge,
    )


def _id_of(heard: HeardRecord) -> UUID:
    """An id for a record that has none of its own that could be trusted: its place in the topic."""
    return uuid5(NAMESPACE_OID, f"{heard.topic}/{heard.partition}/{heard.offset}")
