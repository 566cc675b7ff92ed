"""One order's changes for one reader: first its history, then what is new, each exactly once."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gateway.live.changes import history
from gateway.live.ending import DONE, POSITION_UNKNOWN, StreamEndedError
from gateway.live.messages import Message
from gateway.live.subscriptions import Subscription, Subscriptions
from gateway.orders.waiting import Document
from gateway.problems.problem import ProblemError

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0

Read = Callable[[], Awaitable[Document | None]]


class OrderStream:
    """A source of messages. It subscribes first and reads the history then, so nothing is between.

    Both meet in the subscription by their sequence. The history is read again whenever a sequence
    is missing: the order service writes it before it says anything. While nobody can tell the
    history, the stream goes on with what it hears, and asks again at growing intervals.
    """

    def __init__(self, subscriptions: Subscriptions, order_id: str, after: int, read: Read) -> None:
        self._subscriptions = subscriptions
        self._subscription: Subscription = subscriptions.open(order_id, after)
        self._read = read
        self._pause_s = 0.0
        self._ask_at = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._subscription.ending is not None

    async def next(self) -> Message:
        """The next change of the order.

        Raises:
            StreamEndedError: the reader has the last one, or must go.
        """
        subscription = self._subscription
        while True:
            if subscription.ending is not None:
                raise StreamEndedError(subscription.ending)
            change = subscription.take()
            if change is not None:
                if change.is_final:
                    subscription.end(DONE)
                return change.message
            if subscription.must_look_back or subscription.has_gap:
                await self._look_back_in_time()
            else:
                await subscription.wait()

    async def look_back(self) -> None:
        """Take over the order's history.

        Raises:
            ProblemError: nobody can tell it, or the reader's position does not exist.
        """
        subscription = self._subscription
        subscription.must_look_back = False  # what happens from here on may ask for it again
        try:
            document = await self._read()
        except ProblemError:
            subscription.must_look_back = True
            raise
        changes = history(document) if document else []
        newest = changes[-1].sequence if changes else 0
        if subscription.after > newest:
            subscription.end(POSITION_UNKNOWN)
            raise ProblemError("position_unknown", f"The order's newest change is {newest}.")
        subscription.fill_in(changes)
        if changes and changes[-1].is_final and subscription.has_taken(newest):
            subscription.end(DONE)

    def close(self) -> None:
        """The reader has gone."""
        self._subscriptions.close(self._subscription)

    async def _look_back_in_time(self) -> None:
        """Look back, but not at once again when that was of no use."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._ask_at:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._ask_at):
                    await self._subscription.wait()
            return
        with suppress(ProblemError):
            await self.look_back()
        if self._subscription.must_look_back or self._subscription.has_gap:
            self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            # Not all streams of a gateway at the same moment.
            self._ask_at = loop.time() + self._pause_s * random.uniform(0.5, 1.0)  # noqa: S311
        else:
            self._pause_s = 0.0
