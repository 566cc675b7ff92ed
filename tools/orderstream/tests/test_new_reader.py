"""The page `docs/how-to/read-the-past.md`: its program reads all that was ever said, as a new group."""

import asyncio
import os
import re
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from events import Envelope, Money, OrderStatus, OrderStatusChanged, SealedPersonalData, encode
from orderstream.platform import Settings, infrastructure, pick, up

pytestmark = pytest.mark.kafka
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "read-the-past.md"
PROGRAM = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOW = datetime.now(UTC)


async def say(settings: Settings, *statuses: OrderStatus) -> None:
    """Publish changes of status, each of another order, and each twice."""
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap) as producer:
        for status in statuses:
            order_id = f"ord_{uuid.uuid4().hex}"
            event = OrderStatusChanged(
                order_id=order_id,
                customer_id="cus_1",
                status=status,
                previous=None,
                country="GB",
                total=Money(amount=590, currency="GBP"),
                recipient=SealedPersonalData(key_id="k1", sealed="c2VhbGVk"),
                placed_at=NOW,
                changed_at=NOW,
            )
            told = {"id": uuid.uuid4(), "source": "order", "time": NOW, "correlation_id": order_id}
            record = encode(Envelope(event=event, sequence=1, **told))
            for _ in range(2):
                await producer.send_and_wait(
                    record.topic, record.value, key=record.key, headers=record.headers
                )


async def endings(settings: Settings) -> str:
    """What the program of the page prints."""
    (program,) = PROGRAM.findall(PAGE.read_text())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        env={**os.environ, "KAFKA_BOOTSTRAP": settings.kafka_bootstrap},
        stdout=asyncio.subprocess.PIPE,
    )
    stdout, _ = await process.communicate()
    assert process.returncode == 0
    return stdout.decode()


async def test_a_new_group_reads_the_past_and_then_only_what_is_new(settings: Settings):
    await up(settings, pick(infrastructure(settings), ["kafka"]))
    accepted, completed = OrderStatus.ACCEPTED, OrderStatus.COMPLETED
    await say(settings, accepted, completed, completed, OrderStatus.CANCELLED)
    assert await endings(settings) == "cancelled 1\ncompleted 2\n"
    await say(settings, accepted, completed)
    assert await endings(settings) == "completed 1\n", "the group goes on where it was"
