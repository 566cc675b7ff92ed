"""Reading all that was said: every record of every topic about orders, without joining a group."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from events import (
    BY_TYPE_NAME,
    EVENT_TYPES,
    CustomerNotified,
    OrderEvent,
    OrderStatusChanged,
    UndecodableRecordError,
)
from events.wire import SOURCE_PREFIX, headers_of, sequence_of, type_name_of
from reading import Consumer
from servicekit.broker import REQUEST_TIMEOUT_MS

from orderstream.audit.failure import CannotAuditError
from orderstream.audit.said import Event, Fault, Notice, StatusChange, Stray

TOPICS = tuple(
    dict.fromkeys(event.topic.name for event in EVENT_TYPES if issubclass(event, OrderEvent))
)
FETCH_BYTES = 4 * 1024 * 1024
Offsets = Mapping[TopicPartition, int]
Headers = Mapping[str, bytes | None]


@dataclass(frozen=True, slots=True)
class Said:
    """What is on the topics, each event once; only what the rules ask for is decoded.

    `strays` are no events; `unknown` counts, by type,
    those that somebody says of whom nothing is known here, a newer release perhaps.
    """

    events: dict[str, Event] = field(default_factory=dict)
    status_changes: list[StatusChange] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    strays: dict[Stray, Fault] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)

    def add(self, record: ConsumerRecord) -> None:
        """Note one record, whatever is in it."""
        type_name = type_name_of(record.headers)
        if type_name is not None and type_name not in BY_TYPE_NAME:
            self.unknown[type_name] += 1
            return
        try:
            told = headers_of(record.headers)
            self._add(_event(record, told), record.value)
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            reason = str(error) if isinstance(error, UndecodableRecordError) else ""
            place = Stray(record.topic, record.partition, record.offset)
            self.strays[place] = Fault(reason, type_name)

    def _add(self, event: Event, value: bytes | None) -> None:
        if event.id in self.events:
            self.repeats[event.id] += 1
            return
        if event.type == OrderStatusChanged.type_name():
            body = json.loads(value or b"")
            event = event._replace(status=body["status"])
            change = (event.order_id, event.sequence, body["status"], body["previous"])
            self.status_changes.append(StatusChange(*change))
        elif event.type == CustomerNotified.type_name():
            body = json.loads(value or b"")
            self.notices.append(Notice(event.order_id, body["kind"], body["message_id"]))
        self.events[event.id] = event


async def read_topics(bootstrap: str) -> Said:
    """Read every topic from its first record to the one that is its last now.

    Raises:
        CannotAuditError: the broker does not answer, or has deleted old records.
    """
    consumer = consumer_of_all(bootstrap, "earliest")
    try:
        await consumer.start()
        ends = await read_ends(consumer)
        await _require_all(consumer, ends)
        return await _read_all(consumer, ends)
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka cannot be read: {error}") from error
    finally:
        await consumer.stop()


def consumer_of_all(bootstrap: str, start: str) -> Consumer:
    """A consumer of every partition of every topic about orders; without a group, it disturbs none.

    `start` is `earliest` or `latest`.
    """
    return Consumer(
        *TOPICS,
        bootstrap_servers=bootstrap,
        auto_offset_reset=start,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_bytes=8 * FETCH_BYTES,
    )


async def read_ends(consumer: Consumer) -> Offsets:
    """Where each partition ends now."""
    ends: Offsets = await consumer.end_offsets(list(consumer.assignment()))
    return ends


async def _require_all(consumer: Consumer, places: Iterable[TopicPartition]) -> None:
    """Make sure that nothing has been deleted from the topics."""
    for place, offset in (await consumer.beginning_offsets(list(places))).items():
        if offset > 0:
            raise CannotAuditError(
                f"{place.topic} no longer holds its first {offset} records: their time is over. "
                "An audit needs them all; keep them longer with ORDERSTREAM_RETENTION_HOURS."
            )


async def _read_all(consumer: Consumer, ends: Offsets) -> Said:
    said = Said()
    unread = {place for place, end in ends.items() if end > 0}
    while unread:
        for place, records in (await consumer.getmany(timeout_ms=1000)).items():
            for record in records:
                if record.offset < ends[place]:
                    said.add(record)
        unread = {place for place in unread if await consumer.position(place) < ends[place]}
    return said


def _event(record: ConsumerRecord, told: Headers) -> Event:
    cause = told.get("ce_causationid")
    # A name is met a hundred thousand times, an id in some twenty places: each is kept once.
    return Event(
        intern(record.topic),
        record.partition,
        record.offset,
        record.timestamp,
        intern(str(UUID(_text(told, "ce_id")))),
        intern(_text(told, "ce_type")),
        intern(_text(told, "ce_source").removeprefix(SOURCE_PREFIX)),
        intern(record.key.decode()),
        sequence_of(_text(told, "ce_sequence")),
        intern(cause.decode()) if cause else None,
    )


def _text(told: Headers, name: str) -> str:
    return (told[name] or b"").decode()
