"""Dead letters: what cannot be handled is set aside whole, with the reason, and nothing waits for it."""

import json

from events import Record
from events.topics import EVENT_TOPICS
from servicekit import Connection

from messaging.delivery import Delivery, HeardRecord
from messaging.facts import LocalFact
from messaging.outbox import dump_headers

INSERT = """
    INSERT INTO dead_letters (origin, partition, "offset", key, value, headers, error)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
TOPICS_BY_NAME = {topic.name: topic for topic in EVENT_TOPICS}


async def bury(
    connection: Connection, service: str, delivery: Delivery, error: Exception
) -> Record | None:
    """Keep what could not be handled; returns the record for the dead-letter topic, if it has one.

    Belongs in the transaction that notes the delivery as handled. An answer or alarm that could
    not be handled is kept as a row only: it never was on a topic.
    """
    reason = _storable(f"{type(error).__name__}: {error}")
    if delivery.record is None:
        await _bury_local_fact(connection, delivery, reason)
        return None
    heard = delivery.record
    key = _storable((heard.key or b"").decode(errors="replace"))
    await connection.execute(
        INSERT,
        heard.topic,
        heard.partition,
        heard.offset,
        key,
        heard.value,
        dump_headers(heard.headers),
        reason,
    )
    return _record_for_topic(service, heard, reason)


def _storable(text: str) -> str:
    """The text without what PostgreSQL keeps in no text: NUL and lone surrogates."""
    return text.encode(errors="replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")


async def _bury_local_fact(connection: Connection, delivery: Delivery, reason: str) -> None:
    fact = delivery.fact
    if not isinstance(fact, LocalFact):
        raise TypeError(f"a delivery without a record carries a local fact, not {fact!r}")
    cause = delivery.cause
    headers = json.dumps([["correlation_id", cause.correlation_id]])
    value = fact.model_dump_json().encode()
    origin = f"local:{type(fact).__name__}"
    await connection.execute(INSERT, origin, None, None, fact.order_id, value, headers, reason)


def _record_for_topic(service: str, heard: HeardRecord, reason: str) -> Record:
    """The record as it was, with where it came from and why it is here as further headers."""
    topic = TOPICS_BY_NAME[heard.topic].dead_letters_of(service)
    headers = [
        *heard.headers,
        ("x-error", reason.encode()),
        ("x-origin-topic", heard.topic.encode()),
        ("x-origin-partition", str(heard.partition).encode()),
        ("x-origin-offset", str(heard.offset).encode()),
    ]
    return Record(topic.name, heard.key or b"", heard.value or b"", headers)
