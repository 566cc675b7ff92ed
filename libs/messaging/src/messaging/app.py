"""The Faust application of a service, set up so that nothing heard is lost."""

import tempfile
from pathlib import Path
from typing import Any

import faust
from aiokafka import TopicPartition
from faust.exceptions import ConsumerNotStarted
from mode.supervisors import CrashingSupervisor
from servicekit import BrokerSettings, load_settings
from servicekit.broker import METADATA_MAX_AGE_MS, REQUEST_TIMEOUT_MS

from messaging.buffer import LINGER_MIN_S, Buffer
from messaging.handlers import Handlers
from messaging.hearing import to_delivery
from messaging.joining import PromptTables
from messaging.seeking import SeekingTransport
from messaging.strangers import Strangers


class _SeekingApp(faust.App):
    """A Faust application whose consumer goes back to what nobody has acknowledged."""

    def _new_transport(self) -> SeekingTransport:
        return SeekingTransport(self.conf.broker_consumer, self)


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
        TableManager=PromptTables,
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
        stream_buffer_maxsize=4096,
        stream_wait_empty=True,
        producer_acks=-1,
        agent_supervisor=CrashingSupervisor,
        worker_redirect_stdouts=False,
        **options,
    )


class Agent:
    """What a service hears: one Faust agent over all its topics, filling one buffer.

    `heard` says how far: for each partition the offset of the next record that is to come;
    `strangers` of which unknown types events were.
    """

    def __init__(self, app: faust.App, handlers: Handlers[Any], linger_s: float) -> None:
        self.app = app
        self.handlers = handlers
        self.buffer = Buffer(linger_s=linger_s)
        self.heard: dict[TopicPartition, int] = {}
        self.strangers = Strangers()
        self.topics = [topic.name for topic in handlers.topics]
        topic = app.topic(*self.topics, key_type=bytes, value_type=bytes, value_serializer="raw")
        self.faust_agent = app.agent(topic, name=f"{handlers.service}.hear")(self._hear)

    def held(self) -> set[TopicPartition]:
        """What the group has given to this member of its topics, without changelogs of tables.

        Nothing before it has joined.
        """
        try:
            assigned = self.app.consumer.assignment()
        except ConsumerNotStarted:
            return set()
        return {place for place in assigned if place.topic in self.topics}

    async def is_member(self) -> str | None:
        """What keeps it from being ready; one that stands by, all being held by others, is ready."""
        stands_by = self.app.unassigned
        return None if stands_by or self.held() else "no partitions assigned yet"

    async def _hear(self, stream: Any) -> None:
        """Hand over every record to the buffer; it is acknowledged once its effects are committed."""
        async for event in stream.noack().events():
            delivery = to_delivery(event, self.handlers)
            if delivery.unknown_type is not None:
                self.strangers.note(delivery.unknown_type)
            await self.buffer.put(delivery)
            record = event.message
            self.heard[TopicPartition(record.topic, record.partition)] = record.offset + 1


def follow(app: faust.App, handlers: Handlers[Any], *, linger_s: float = LINGER_MIN_S) -> Agent:
    """Follow the topics of everything that the service has a handler for.

    Events wait `linger_s` seconds for company, or longer under load; more than the default suits a
    service for which nobody waits.
    """
    return Agent(app, handlers, linger_s)
