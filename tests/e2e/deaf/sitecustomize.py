"""Makes a worker go deaf: Python imports this first in a process that finds it on its path.

It holds its partitions and sends its heartbeats, but after a few events it hears nothing more.
"""

import asyncio
import itertools

from messaging import watchdog
from messaging.buffer import Buffer
from messaging.delivery import Delivery

HEARS = 5
_put = Buffer.put
_numbers = itertools.count(1)


async def _put_a_few(buffer: Buffer, delivery: Delivery) -> None:
    if next(_numbers) > HEARS:
        await asyncio.Event().wait()
    await _put(buffer, delivery)


Buffer.put = _put_a_few  # type: ignore[method-assign]
watchdog.LOOK_EVERY_S = 0.5
