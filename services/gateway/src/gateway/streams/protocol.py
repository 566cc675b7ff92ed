"""What every live stream is made of: messages, heartbeats, close codes, disconnects."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.problems.problem import PROBLEM_TYPES, ProblemError

HEARTBEAT_S = 15.0
"""Longest silence of a stream: proxies cut idle connections."""
WRITE_S = 10.0
"""Timeout of one write, after which a slow reader is disconnected."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `data` is one line of JSON, `position` is where a reader goes on after it."""

    name: str
    data: str
    position: int | None = None


class Source(Protocol):
    """Source of a stream's messages."""

    async def next(self) -> Message:
        """Return the next message; a call that is cancelled loses none.

        Raises:
            StreamEndedError: there are no more.
        """

    def close(self) -> None:
        """Leave, since the reader has gone."""


async def next_message(source: Source, until: float) -> Message | None:
    """Return the next message, or None when a heartbeat is due.

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


REASON_BYTES = 123
"""What a close frame has room for (RFC 6455, section 5.5)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Reason why a stream ended: a close code of WebSockets (RFC 6455, section 7.4), which SSE uses too."""

    code: int
    reason: str


LEFT = 1006
"""The code of a stream whose reader has gone without a word (RFC 6455, section 7.1.5)."""
DONE = Ending(1000, "There is nothing more to tell.")
GOING_AWAY = Ending(1001, "The gateway stops; come again, and go on from the last message.")
POSITION_UNKNOWN = Ending(4400, "There is no message at the position asked for.")
TOKEN_EXPIRED = Ending(4401, "The token has expired; come again with a new one.")
TOO_SLOW = Ending(4408, "You read too slowly; come again, and go on from the last message.")

_BY_STATUS = {400: 4400, 401: 4401, 403: 4403, 404: 4404, 422: 4400, 429: 1013, 503: 1013}
_FAILED = 1011


class StreamEndedError(Exception):
    """The end of a stream: nothing more is to come from it."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.reason)
        self.ending = ending


def ending_for(problem: ProblemError) -> Ending:
    """Return how a stream ends for a reader that is refused."""
    code = _BY_STATUS.get(PROBLEM_TYPES[problem.code].status, _FAILED)
    reason = f"{problem.code}: {problem.detail}".encode()[:REASON_BYTES]
    return Ending(code, reason.decode(errors="ignore"))


async def until_disconnected(
    work: Coroutine[Any, Any, None], left: Coroutine[Any, Any, None]
) -> None:
    """Do the work to its end, or until the client has left."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(left)
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
