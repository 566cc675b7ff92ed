"""Where a worker resumes after a rebalance: at the first record that is not acknowledged.

Faust drops what it has fetched when the group changes, and goes back to what was acknowledged last.
aiokafka's way back does nothing for a partition of which nothing was acknowledged so far, so what
was dropped of that was lost: the first orders of a new shop, if a worker came or went with them.

Faust also goes on consuming while it goes back, if it has just read the changelog of a table. It
then drops what waits for the agent, but has noted it as read and drops it again when it comes
again: lost too.
"""

from collections.abc import Mapping
from typing import Any

from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Producer, Transport
from reading import hand_on_unreadable

from messaging.inbound.chunks import ChunkingConsumer


class _SeekingThread(AIOKafkaConsumerThread):
    async def seek_to_committed(self) -> Mapping[Any, int]:
        offsets: Mapping[Any, int] = await self.call_thread(self._go_back)
        return offsets

    async def _go_back(self) -> Mapping[Any, int]:
        consumer = self._ensure_consumer()
        offsets: Mapping[Any, int] = await consumer.seek_to_committed()
        for partition, offset in offsets.items():
            if not offset:
                # Where older records are gone, the broker says so, and it begins with the oldest.
                # Asking for that first would wait behind the fetch that is under way: 1.5 s.
                consumer.seek(partition, 0)
        return offsets

    def verify_event_path(self, now: float, tp: Any) -> None:
        """Say nothing about partitions on which nothing seems to happen.

        Faust judges by statistics that it keeps of every event, which are switched off here: it would report each partition as idle all the time. Our watchdog asks the broker instead.
        """


class SeekingConsumer(ChunkingConsumer):
    """Faust's consumer; it goes back to the beginning of what nothing was acknowledged of."""

    async def perform_seek(self) -> None:
        """Go back; consume nothing until Faust has dropped what was waiting and resumes."""
        self.stop_flow()
        await super().perform_seek()

    def _new_consumer_thread(self) -> AIOKafkaConsumerThread:
        return _SeekingThread(self, loop=self.loop, beacon=self.beacon)


class TirelessProducer(Producer):
    """Faust's producer; it asks again for as long as it takes, each time on a connection that answers.

    By itself it takes the seconds in which an answer has to come for those in which a record has to be
    delivered: either it waits twenty minutes on a dead connection, or it gives up a record at once.
    """

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class SeekingTransport(Transport):
    """Faust's way to Kafka, with that consumer and that producer; it goes on behind what is unreadable."""

    Consumer = SeekingConsumer
    Producer = TirelessProducer

    def __init__(self, *arguments: Any, **options: Any) -> None:
        hand_on_unreadable()
        super().__init__(*arguments, **options)
