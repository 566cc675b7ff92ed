"""Publishing to Kafka: an idempotent producer, and every acknowledgement awaited."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    UnsupportedForMessageFormatError,
)
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from events import Record
from servicekit.broker import METADATA_MAX_AGE_MS, REQUEST_TIMEOUT_MS

from messaging.metrics import count_published
from messaging.outbound.dead_connections import close_what_does_not_answer
from messaging.outbound.outbox import OutboxRow

log = structlog.get_logger(__name__)
STOP_TIMEOUT_S = 3
GIVE_UP_S = 30
"""When to replace a producer: an idempotent one retries without end; a new one finds new brokers."""
RECORD_MAX = 1024 * 1024
"""In bytes, headers and all; what brokers take by default. No compression makes a difference to it."""
REFUSES_THE_RECORD = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    CorruptRecordException,
    InvalidTimestampError,
    InvalidTopicError,
    UnsupportedForMessageFormatError,
    PolicyViolationError,
    ValueError,  # the client's own: a header's name that is no text, say
    TypeError,
)
"""What is raised about a record for what it is; trying it again would not help."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Rows that every in-sync replica has, and why some never will be taken, by their positions."""

    acknowledged: list[OutboxRow] = field(default_factory=list)
    refused: Mapping[int, str] = field(default_factory=dict)


class Publisher:
    """Publisher of records, which reports those that the broker has."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._stopping: set[asyncio.Task[None]] = set()
        close_what_does_not_answer()

    async def publish(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Publish in the given order; returns the rows that every in-sync replica has."""
        return (await self.hand_over(rows)).acknowledged

    async def hand_over(self, rows: Sequence[OutboxRow]) -> HandedOver:
        """Publish in the given order, and tell apart what failed and what is refused for what it is.

        After a failure on the way the producer is replaced: what state an idempotent producer is in
        once it gave up on a batch is not worth knowing. What is refused before that needs none.
        """
        begun = perf_counter()
        refused = {row.position: reason for row in rows if (reason := problem(row.record))}
        sendable = [row for row in rows if row.position not in refused]
        acknowledged, suspects = await self._send(sendable)
        for row in suspects:
            # A batch is refused whole: which of its records is meant shows when each is alone.
            taken, again = await self._send([row])
            acknowledged += taken
            refused |= {row.position: "the broker does not take it" for row in again}
        count_published(_outcomes(rows, acknowledged, refused), perf_counter() - begun)
        return HandedOver(acknowledged, refused)

    async def _send(self, rows: Sequence[OutboxRow]) -> tuple[list[OutboxRow], list[OutboxRow]]:
        """Send these; gives those that were acknowledged, and those that came back as refused."""
        if not rows:
            return [], []
        try:
            async with asyncio.timeout(GIVE_UP_S):
                producer = await self._started()
                sent = [await _send(producer, row) for row in rows]
                results = await asyncio.gather(*sent, return_exceptions=True)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("broker_unavailable", error=repr(error))
            await self.stop()
            return [], []
        outcomes = list(zip(rows, results, strict=True))
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            log.warning("publish_failed", records=len(failures), error=repr(failures[0]))
            await self.stop()
        return (
            [row for row, result in outcomes if not isinstance(result, BaseException)],
            [row for row, result in outcomes if isinstance(result, REFUSES_THE_RECORD)],
        )

    async def stop(self) -> None:
        """Close the producer; waits for what is in flight, for a bounded time.

        What takes longer goes on beside the next producer, and is given up in the end.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            stopping = asyncio.create_task(_stop(producer))
            self._stopping.add(stopping)
            stopping.add_done_callback(self._stopping.discard)
            await asyncio.wait({stopping}, timeout=STOP_TIMEOUT_S)
            if not stopping.done():
                log.warning("producer_stop_slow")

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                # Built here because it binds to the running loop.
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    client_id=self._client_id,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=0,
                    max_batch_size=256 * 1024,
                    request_timeout_ms=REQUEST_TIMEOUT_MS,
                    metadata_max_age_ms=METADATA_MAX_AGE_MS,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer


def _outcomes(
    rows: Sequence[OutboxRow], acknowledged: Sequence[OutboxRow], refused: Collection[int]
) -> Mapping[str, Counter[str]]:
    """Count what became of rows, by their topics."""
    taken = {row.position for row in acknowledged}
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        outcome = "refused" if row.position in refused else "failed"
        found[row.record.topic]["acknowledged" if row.position in taken else outcome] += 1
    return found


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(GIVE_UP_S):
            await producer.flush()
        await producer.stop()
    except TimeoutError:
        log.warning("producer_aborted")
        await _abort(producer)
    except (KafkaError, OSError) as error:
        log.warning("producer_stop_failed", error=repr(error))


async def _abort(producer: AIOKafkaProducer) -> None:
    """End a producer with all it holds: its own stop would wait until everything is delivered.

    The sender comes first: without the client it would wait for metadata that is never fetched.
    """
    await producer._sender.close()  # noqa: SLF001
    await producer.client.close()
    producer._closed = True  # noqa: SLF001


async def _send(producer: AIOKafkaProducer, row: OutboxRow) -> asyncio.Future[object]:
    """Queue one record; a record that the client itself refuses fails alone."""
    record = row.record
    try:
        sent: asyncio.Future[object] = await producer.send(
            record.topic, key=record.key, value=record.value, headers=record.headers
        )
    except (KafkaError, ValueError, TypeError) as error:
        sent = asyncio.get_running_loop().create_future()
        sent.set_exception(error)
    return sent


def problem(record: Record) -> str | None:
    """Return why no broker would take this record, as far as it can be known beforehand."""
    try:
        size = DefaultRecordBatchBuilder.estimate_size_in_bytes(
            record.key, record.value, record.headers
        )
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    if size > RECORD_MAX:
        return f"it has {size:,} bytes, and a record may have {RECORD_MAX:,}"
    return None
