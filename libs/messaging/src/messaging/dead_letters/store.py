"""Dead letters: what cannot be handled is set aside whole, with the reason, and nothing waits for it."""

import json
from collections.abc import Iterable

from events import DEAD_LETTERS, EVENT_TOPICS, Record, type_name_of
from servicekit import Connection, storable

from messaging.dead_letters.events import dead_lettered
from messaging.model.delivery import ConsumedRecord, Delivery, MessageContext
from messaging.model.facts import LocalFact
from messaging.outbound.outbox import dump_headers

INSERT = """
    INSERT INTO dead_letters (origin, partition, "offset", key, value, headers, error, event_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
"""
LOCAL = "local:"
"""What the origin of an answer or a timer begins with: it never was on a topic."""
OUTBOX = "outbox:"
"""What the origin begins with of what could not be published; its topic follows."""
REASON_MAX, FACT_MAX = 1_000, 200
"""What strangers write is long at times, and a notice must fit into a record."""
TOPICS_BY_NAME = {topic.name: topic for topic in EVENT_TOPICS}


async def store_dead_letter(
    connection: Connection, service: str, delivery: Delivery, error: Exception
) -> list[Record]:
    """Keep what could not be handled; returns what is to be published about it.

    That is the record itself for its dead-letter topic, and a notice to the order. An answer or
    timer is kept as a row and told by the notice alone. Belongs in the transaction that notes the
    delivery as handled.
    """
    reason = storable(f"{type(error).__name__}: {error}")[:REASON_MAX]
    if delivery.record is None:
        fact = _local_fact(delivery)
        letter = await _store_local_fact(connection, delivery, fact, reason)
        notice = dead_lettered(
            service,
            letter,
            delivery.cause,
            order_id=fact.order_id,
            fact=type(fact).__name__,
            error=reason,
        )
        return [notice] if notice else []
    record = delivery.record
    letter = await _store_record(connection, delivery, record, reason)
    outgoing = [_record_for_topic(service, record, reason)]
    if record.topic != DEAD_LETTERS.name:  # else a notice that cannot be read would breed more
        name = storable(type_name_of(record.headers) or "a record without a type")[:FACT_MAX]
        notice = dead_lettered(
            service, letter, delivery.cause, order_id=text_of(record.key), fact=name, error=reason
        )
        outgoing += [notice] if notice else []
    return outgoing


def text_of(key: bytes | None) -> str:
    """Return a record's key as text, whatever bytes it has."""
    return storable((key or b"").decode(errors="replace"))


async def _store_record(
    connection: Connection, delivery: Delivery, record: ConsumedRecord, reason: str
) -> int:
    letter: int = await connection.fetchval(
        INSERT,
        record.topic,
        record.partition,
        record.offset,
        text_of(record.key),
        record.value,
        dump_headers(record.headers),
        reason,
        delivery.event_id,
    )
    return letter


def _local_fact(delivery: Delivery) -> LocalFact:
    if not isinstance(delivery.fact, LocalFact):
        raise TypeError(f"a delivery without a record carries a local fact, not {delivery.fact!r}")
    return delivery.fact


async def _store_local_fact(
    connection: Connection, delivery: Delivery, fact: LocalFact, reason: str
) -> int:
    return await keep(
        connection,
        delivery.cause,
        origin=LOCAL + type(fact).__name__,
        order_id=fact.order_id,
        value=fact.model_dump_json(),
        reason=reason,
    )


async def keep(
    connection: Connection,
    cause: MessageContext,
    *,
    origin: str,
    order_id: str,
    value: str,
    reason: str,
) -> int:
    """Keep what never was a record, with its cause as headers; returns the letter's number."""
    told: Iterable[tuple[str, str | None]] = (
        ("correlation_id", cause.correlation_id),
        ("causation_id", str(cause.causation_id) if cause.causation_id else None),
        ("traceparent", cause.traceparent),
        ("baggage", cause.baggage),
    )
    headers = json.dumps([[name, value] for name, value in told if value is not None])
    letter: int = await connection.fetchval(
        INSERT, origin, None, None, order_id, value.encode(), headers, reason, None
    )
    return letter


def _record_for_topic(service: str, record: ConsumedRecord, reason: str) -> Record:
    """Return the record as it was, with where it came from and why it is here as further headers."""
    topic = TOPICS_BY_NAME[record.topic].dead_letters_of(service)
    headers = [
        *record.headers,
        ("x-error", reason.encode()),
        ("x-origin-topic", record.topic.encode()),
        ("x-origin-partition", str(record.partition).encode()),
        ("x-origin-offset", str(record.offset).encode()),
    ]
    return Record(topic.name, record.key or b"", record.value or b"", headers)
