"""Reading all of a topic for a projection of one's own: every partition, no group, no effects."""

import asyncio
from collections.abc import Callable

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from aiokafka.structs import ConsumerRecord
from events import BY_TYPE_NAME, Envelope, Topic, decode, type_name_of
from reading import Consumer
from servicekit.broker import METADATA_MAX_AGE_MS, REQUEST_TIMEOUT_MS

from messaging.model.unknown_types import UnknownTypes

log = structlog.get_logger(__name__)
RETRY_S = 1.0
FETCH_MAX_WAIT_MS = 1_500
"""How long the broker may hold a fetch that finds nothing; what comes is handed over at once."""


class TopicReader:
    """Reader of a topic from its beginning or its end, which hands over each event as it comes.

    After a connection is lost it goes on where it was. `caught_up` is set once everything that
    was there at the start has been handed over.
    """

    def __init__(
        self,
        bootstrap: str,
        topic: Topic,
        on_event: Callable[[Envelope], None],
        *,
        from_beginning: bool,
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._on_event = on_event
        self._from_beginning = from_beginning
        self._positions: dict[TopicPartition, int] = {}
        self._goals: dict[TopicPartition, int] = {}
        self.unknown_types = UnknownTypes()
        self.caught_up = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            consumer = Consumer(
                self._topic.name,
                bootstrap_servers=self._bootstrap,
                enable_auto_commit=False,
                metadata_max_age_ms=METADATA_MAX_AGE_MS,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
                fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
                auto_offset_reset="earliest",
            )
            try:
                await consumer.start()
                await self._read(consumer)
            except UnknownTopicOrPartitionError:
                log.warning("topic_missing", topic=self._topic.name)
                await asyncio.sleep(RETRY_S)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("broker_unavailable", topic=self._topic.name, error=repr(error))
                await asyncio.sleep(RETRY_S)
            finally:
                await consumer.stop()

    async def _read(self, consumer: Consumer) -> None:
        reading = await self._seek(consumer)
        while True:
            self._check_caught_up()
            batches = await consumer.getmany(timeout_ms=500)
            if consumer.assignment() != reading:
                # A topic with more partitions than before is read again from its beginning by the
                # client; what that brings is dropped, and each partition read on where it was.
                reading = await self._seek(consumer)
                continue
            for partition, records in batches.items():
                for record in records:
                    self._hand_over(record)
                if records:
                    self._positions[partition] = records[-1].offset + 1
            for partition in self._goals:
                # Compaction leaves gaps, so the consumer's own position tells how far we are.
                self._positions[partition] = await consumer.position(partition)

    async def _seek(self, consumer: Consumer) -> frozenset[TopicPartition]:
        """Go to where reading goes on, and give the partitions that are read.

        One that was added meanwhile is read from its beginning: all of it is new.
        """
        assigned = consumer.assignment()
        partitions = sorted(assigned)
        ends = await consumer.end_offsets(partitions)
        beginnings = await consumer.beginning_offsets(partitions)
        if not self.caught_up.is_set():
            self._goals = ends
        from_beginning = self._from_beginning or bool(self._positions)
        for partition in partitions:
            first = (beginnings if from_beginning else ends)[partition]
            consumer.seek(partition, self._positions.get(partition, first))
            self._positions.setdefault(partition, first)
        return frozenset(assigned)

    def _check_caught_up(self) -> None:
        if all(self._positions[partition] >= goal for partition, goal in self._goals.items()):
            self.caught_up.set()
            self._goals = {}

    def _hand_over(self, record: ConsumerRecord) -> None:
        """Hand over one event; whatever is wrong with a record, those behind it are read."""
        type_name = type_name_of(record.headers)
        if type_name is not None and type_name not in BY_TYPE_NAME:
            self.unknown_types.note(type_name)
            return
        try:
            self._on_event(decode(record.headers, record.value))
        except Exception as error:
            place = f"{record.topic}/{record.partition}/{record.offset}"
            log.error("record_skipped", record=place, error=str(error) or repr(error))
