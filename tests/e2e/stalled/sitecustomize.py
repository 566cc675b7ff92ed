"""Makes a worker stop consuming: Python imports this first in a process that finds it on its path.

It holds its partitions and sends its heartbeats, but consumes nothing more after a few events, or with
STALLED=at-once nothing at all: its joining the group never comes to an end.
"""

import asyncio
import itertools
import os
from typing import Any

import faust
from messaging import Buffer, Delivery
from messaging.runtime import watchdog

CONSUMES = 5
_put = Buffer.put
_numbers = itertools.count(1)


async def _put_a_few(buffer: Buffer, delivery: Delivery) -> None:
    if next(_numbers) > CONSUMES:
        await asyncio.Event().wait()
    await _put(buffer, delivery)


async def _never_assigned(*_: Any, **__: Any) -> None:
    await asyncio.Event().wait()


if os.environ["STALLED"] == "at-once":
    faust.App._on_partitions_assigned = _never_assigned
else:
    Buffer.put = _put_a_few  # type: ignore[method-assign]
watchdog.LOOK_EVERY_S = 0.5
