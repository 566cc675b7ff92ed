"""What every live stream is made of, whatever it tells and however it travels."""

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

from gateway.live.ending import TOKEN_EXPIRED, StreamEndedError

HEARTBEAT_S = 15.0
"""So long a stream is silent at most: proxies cut connections on which nothing moves."""
WRITE_S = 10.0
"""So long a reader may keep the gateway from writing before it is cut off."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing told: `data` is one line of JSON, `position` is where a reader goes on after it."""

    name: str
    data: str
    position: int | None = None


class Source(Protocol):
    """Where a stream's messages come from."""

    async def next(self) -> Message:
        """The next message; a call that is cancelled loses none.

        Raises:
            StreamEndedError: there are no more.
        """

    def close(self) -> None:
        """The reader has gone."""


async def next_message(source: Source, until: float) -> Message | None:
    """The next message, or None when it is time for a sign of life.

    Raises:
        StreamEndedError: there are no more, or the token ends here (`until`, Unix seconds).
    """
    left = until - time.time()
    if left <= 0:
        raise StreamEndedError(TOKEN_EXPIRED)
    try:
        async with asyncio.timeout(min(left, HEARTBEAT_S)):
            return await source.next()
    except TimeoutError:
        return None
