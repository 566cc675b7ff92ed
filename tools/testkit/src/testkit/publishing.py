"""Says events on a broker as services do, without an outbox and a relay."""

from aiokafka import AIOKafkaProducer
from events import Envelope, encode


async def publish(bootstrap: str, *envelopes: Envelope, times: int = 1) -> None:
    """Publish events, the first one first; several times each, as a broker may deliver them."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for record in map(encode, envelopes):
            for _ in range(times):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=record.headers
                )
