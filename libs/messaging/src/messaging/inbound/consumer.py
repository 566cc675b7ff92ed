"""The consumer of a service: a Faust application, set up so that no record is lost."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust
from aiokafka import ConsumerRecord, TopicPartition
from faust.exceptions import ConsumerNotStarted
from faust.tables.manager import TableManager
from mode.supervisors import CrashingSupervisor
from servicekit import BrokerSettings, load_settings
from servicekit.broker import METADATA_MAX_AGE_MS, REQUEST_TIMEOUT_MS

from messaging.inbound.chunks import Acknowledgement
from messaging.inbound.offset_reset import SeekingTransport
from messaging.inbound.progress import Progress
from messaging.metrics import events_handled
from messaging.model.buffer import LINGER_MIN_S, Buffer
from messaging.model.decoding import to_delivery
from messaging.model.delivery import ConsumedRecord, Delivery
from messaging.model.handlers import Handlers
from messaging.model.hop import now_ms
from messaging.model.unknown_types import UnknownTypes


class _SeekingApp(faust.App):
    """A Faust application whose consumer goes back to the first record that is not acknowledged."""

    def _new_transport(self) -> SeekingTransport:
        return SeekingTransport(self.conf.broker_consumer, self)


class _PromptTables(TableManager):
    """Faust's tables, without the second that it lets pass before they are there.

    The group is joined when they are, and by then Faust has waited for every agent as well.
    """

    async def on_start(self) -> None:
        """Register the tables, which lets the worker join, and get ready to recover them."""
        await self._update_channels()
        await self.recovery.start()


def create_app(service: str, **options: Any) -> faust.App:
    """Make the Faust application whose consumer group is the service's name.

    Topics are created by the installation, never by a worker, changelogs included; what is kept for
    good lives in Postgres, not in tables; the web server is our own. Where the broker is,
    `KAFKA_BOOTSTRAP` says; what it knows this member of the group by, `INSTANCE`. `options` are
    settings of Faust that no other service has.
    """
    settings = load_settings(BrokerSettings)
    hosts = settings.kafka_bootstrap.split(",")
    return _SeekingApp(
        service,
        broker=";".join(f"aiokafka://{host}" for host in hosts),
        broker_client_id=f"{service}-{settings.instance}",
        autodiscover=False,
        datadir=str(Path(tempfile.gettempdir()) / f"faust-{service}"),
        store="memory://",
        TableManager=_PromptTables,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        producer_metadata_max_age_ms=METADATA_MAX_AGE_MS,
        broker_request_timeout=REQUEST_TIMEOUT_MS / 1000,
        producer_request_timeout=REQUEST_TIMEOUT_MS / 1000,
        # A killed worker's partitions wait for the session to time out.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=1.5,
        # Redelivery after a crash is longer with a rarer commit, and harmless with the inbox.
        broker_commit_interval=2.0,
        # In chunks: what is consumed and not handled waits in the buffer of deliveries.
        stream_buffer_maxsize=64,
        stream_wait_empty=True,
        producer_acks=-1,
        agent_supervisor=CrashingSupervisor,
        worker_redirect_stdouts=False,
        **options,
    )


class Agent:
    """The consumer of a service: one Faust agent over all its topics, filling one buffer.

    `positions` has for each partition the offset of the next record;
    `unknown_types` of which unknown types events were.
    """

    def __init__(self, app: faust.App, handlers: Handlers[Any], linger_s: float) -> None:
        self.app = app
        self.handlers = handlers
        self.buffer = Buffer(linger_s=linger_s)
        self.positions: dict[TopicPartition, int] = {}
        self.unknown_types = UnknownTypes()
        self.progress = Progress()
        self.topics = [topic.name for topic in handlers.topics]
        topic = app.topic(*self.topics, key_type=bytes, value_type=bytes, value_serializer="raw")
        self.faust_agent = app.agent(topic, name=f"{handlers.service}.hear")(self._hear)

    def assigned(self) -> set[TopicPartition]:
        """Return what the group has given to this member of its topics, without changelogs of tables.

        Nothing before it has joined.
        """
        try:
            assigned = self.app.consumer.assignment()
        except ConsumerNotStarted:
            return set()
        return {place for place in assigned if place.topic in self.topics}

    async def is_member(self) -> str | None:
        """Return what keeps it from being ready; a standby, all partitions being held by others, is ready."""
        stands_by = self.app.unassigned
        return None if stands_by or self.assigned() else "no partitions assigned yet"

    async def _hear(self, stream: Any) -> None:
        """Hand over every record to the buffer; it is acknowledged once its effects are committed."""
        async for event in stream.noack().events():
            records = event.message.records
            chunk = Acknowledgement(records, event.ack)
            for record in records:
                await self.buffer.put(self._delivery(record, chunk.of(record)))
                self.positions[TopicPartition(record.topic, record.partition)] = record.offset + 1

    def _delivery(self, record: ConsumerRecord, acknowledged: Callable[[], None]) -> Delivery:
        """Make a delivery of a record; its acknowledgement is progress."""
        acknowledge = self.progress.acknowledging(record, acknowledged)
        delivery = delivery_of(record, self.handlers, acknowledge)
        if delivery.unknown_type is not None:
            self.unknown_types.note(delivery.unknown_type)
        if delivery.fact is None and delivery.error is None:
            events_handled(record.topic, "passed_over").inc()
        return delivery


def follow(app: faust.App, handlers: Handlers[Any], *, linger_s: float = LINGER_MIN_S) -> Agent:
    """Follow the topics of everything that the service has a handler for.

    Events wait `linger_s` seconds for company, or longer under load; more than the default suits a
    service that no customer waits for.
    """
    return Agent(app, handlers, linger_s)


def delivery_of(
    record: ConsumerRecord, handlers: Handlers[Any], acknowledge: Callable[[], None]
) -> Delivery:
    """Read one record, decoding only what the service has a handler for."""
    consumed = ConsumedRecord(
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        tuple(record.headers),
        sent_ms=record.timestamp,
        arrived_ms=now_ms(),
    )
    return to_delivery(consumed, handlers, acknowledge)
