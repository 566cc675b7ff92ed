"""The page `docs/how-to/read-the-past.md`: its program reads all that was ever said, as a new group."""

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from events import OrderStatus
from stack import Settings, infrastructure, pick, up
from testkit.publishing import publish
from testkit.samples import changed, enveloped, new_order

pytestmark = pytest.mark.kafka
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "read-the-past.md"
PROGRAM = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOW = datetime.now(UTC)


async def publish_statuses(settings: Settings, *statuses: OrderStatus) -> None:
    """Publish changes of status, each of another order, and each twice."""
    now = {"placed_at": NOW, "changed_at": NOW}
    envelopes = [enveloped(changed(status, new_order(), **now), time=NOW) for status in statuses]
    await publish(settings.kafka_bootstrap, *envelopes, times=2)


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
    await publish_statuses(settings, accepted, completed, completed, OrderStatus.CANCELLED)
    assert await endings(settings) == "cancelled 1\ncompleted 2\n"
    await publish_statuses(settings, accepted, completed)
    assert await endings(settings) == "completed 1\n", "the group goes on where it was"
