"""An order's changes as they happen, over server-sent events, taken up again wherever they break off."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import httpx

from client.http import AGAIN, retry_after
from client.refusals import Document, NoAnswerError, refusal

SILENCE_S = 30.0
"""The gateway gives a sign of life every 15 s: a stream that is silent for so long is dead."""
PAUSE_S = 0.5
ENDED, NO_CONTENT = 1000, 204

OpenAfter = Callable[[int], AbstractAsyncContextManager[httpx.Response]]


class OrderChanges:
    """Reads every change of an order once and in order, however often the stream breaks off.

    `open_after` opens the stream after the change with this sequence. A reader that cannot open it
    for longer than `timeout_s` gives up.
    """

    def __init__(self, open_after: OpenAfter, timeout_s: float) -> None:
        self._open_after = open_after
        self._timeout_s = timeout_s
        self._have = 0
        self._over = False

    async def until_end(self) -> AsyncIterator[Document]:
        """Yield all changes, until the order has ended.

        Raises:
            RefusedError: there is no such order, or it is somebody else's.
            NoAnswerError: the gateway does not answer.
        """
        answered_at = time.monotonic()
        while not self._over:
            pause, reason = PAUSE_S, "the stream broke off"
            try:
                async with self._open_after(self._have) as response:
                    if response.is_error:
                        pause, reason = await _refused(response)
                    else:
                        try:
                            async for change in self._read(response):
                                yield change
                        finally:
                            answered_at = time.monotonic()
            except httpx.TransportError as error:
                reason = f"{type(error).__name__} {error}".strip()
            if time.monotonic() - answered_at > self._timeout_s:
                raise NoAnswerError(f"no answer: {reason}")
            if not self._over:
                await asyncio.sleep(pause)

    async def _read(self, response: httpx.Response) -> AsyncIterator[Document]:
        """Yield the changes of one stream, until it ends in one way or another."""
        self._over = response.status_code == NO_CONTENT
        name = ""
        async for line in response.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                told: Document = json.loads(value)
                if name == "closed":
                    self._over = told["code"] == ENDED
                    return
                self._have = told["sequence"]
                yield told


async def _refused(response: httpx.Response) -> tuple[float, str]:
    """Return how long to wait before the next try, and why.

    Raises:
        RefusedError: further tries would change nothing.
    """
    await response.aread()
    if response.status_code not in AGAIN:
        raise refusal(response)
    return retry_after(response) or PAUSE_S, str(refusal(response))
