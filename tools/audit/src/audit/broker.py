"""Reading the broker without joining a group: every record about orders, how far each service has come."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from sys import intern
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
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
from reading import Consumer, kept_for, open_topics, read_ends, read_to

from audit.books import Place
from audit.listeners import CONSUMED_BY
from audit.records import Event, Fault, Notice, StatusChange, Stray
from audit.target import CannotAuditError

REQUEST_TIMEOUT_MS = 8_000
"""A connection on which an answer takes longer is closed: the other side may have vanished."""


async def read_acknowledged(bootstrap: str) -> dict[Place, int]:
    """Read up to which offset each service has acknowledged each partition that it follows.

    Raises:
        CannotAuditError: the broker does not answer.
    """
    async with _admin(bootstrap) as admin:
        return {
            (service, place.topic, place.partition): committed.offset
            for service in CONSUMED_BY
            for place, committed in (await admin.list_consumer_group_offsets(service)).items()
        }


async def find_deserted(bootstrap: str, groups: Collection[str]) -> dict[str, str]:
    """Find the groups without a member; a worker that hangs holds its port, and only its group knows.

    Raises:
        CannotAuditError: the broker does not answer.
    """
    async with _admin(bootstrap) as admin:
        alone = [group for group in sorted(groups) if not await _has_members(admin, group)]
    return {f"{group}-worker": "no worker follows its topics" for group in alone}


async def read_remembered(bootstrap: str) -> dict[str, timedelta]:
    """Read the least time that each service's inbox remembers; one not named forgets nothing.

    An inbox remembers an event for as long as its topic may deliver it again.

    Raises:
        CannotAuditError: the broker does not say how long it keeps records.
    """
    try:
        found = {
            service: await kept_for(
                bootstrap,
                {event.topic.name for event in events},
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            for service, events in CONSUMED_BY.items()
        }
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka does not answer: {error}") from error
    return {service: kept for service, kept in found.items() if kept is not None}


async def _has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    (response,) = await admin.describe_consumer_groups([group])
    ((_, _, _, _, _, members, *_),) = response.groups
    return bool(members)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_TIMEOUT_MS)
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka does not answer: {error}") from error
    finally:
        await admin.close()


TOPICS = tuple(
    dict.fromkeys(event.topic.name for event in EVENT_TYPES if issubclass(event, OrderEvent))
)
FETCH_BYTES = 4 * 1024 * 1024
Headers = Mapping[str, bytes | None]
Keep = Callable[[Event, StatusChange | Notice | None], None]
"""Takes an event, with what the rules ask of its body."""


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Hands each event on the topics to `keep`; only what the rules ask for is decoded.

    `strays` are no events; `unknown` counts, by type, the events that only a newer release knows.
    """

    keep: Keep
    strays: dict[Stray, Fault] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)

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
        told: StatusChange | Notice | None = None
        if event.type == OrderStatusChanged.type_name():
            body = json.loads(value or b"")
            event = event._replace(status=body["status"])
            told = StatusChange(event.order_id, event.sequence, body["status"], body["previous"])
        elif event.type == CustomerNotified.type_name():
            body = json.loads(value or b"")
            told = Notice(event.order_id, body["kind"], body["message_id"])
        self.keep(event, told)


async def read_topics(bootstrap: str, keep: Keep) -> RecordReader:
    """Read every topic from its first record to the one that is its last now.

    Raises:
        CannotAuditError: the broker does not answer, or has deleted old records.
    """
    reader = RecordReader(keep)
    try:
        async with open_all(bootstrap) as consumer:
            ends = await read_ends(consumer)
            await _require_all(consumer, ends)
            async for record in read_to(consumer, ends):
                reader.add(record)
    except (KafkaError, OSError) as error:
        raise CannotAuditError(f"Kafka cannot be read: {error}") from error
    return reader


def open_all(bootstrap: str) -> AbstractAsyncContextManager[Consumer]:
    """Open every topic about orders, with fetches as large as an audit likes them."""
    return open_topics(
        bootstrap,
        *TOPICS,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_bytes=8 * FETCH_BYTES,
    )


async def _require_all(consumer: Consumer, places: Iterable[TopicPartition]) -> None:
    """Make sure that nothing has been deleted from the topics."""
    for place, offset in (await consumer.beginning_offsets(list(places))).items():
        if offset > 0:
            raise CannotAuditError(
                f"{place.topic} no longer holds its first {offset} records: their time is over. "
                "An audit needs them all; keep them longer with ORDERSTREAM_RETENTION_HOURS."
            )


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
