"""One order's changes for one reader: first its history, then what is new, each exactly once."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from gateway.problems.problem import ProblemError
from gateway.reads.representations import Document
from gateway.streams.changes import Change, history
from gateway.streams.protocol import DONE, POSITION_UNKNOWN, Ending, Message, StreamEndedError
from gateway.streams.queue import StreamQueue

MAX_UNREAD = 100
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0

Read = Callable[[], Awaitable[Document | None]]


class OrderStream:
    """A source of messages: live changes and the order's history meet in one queue by sequence.

    It is open for live changes before the history is read, so nothing is lost in between. The history
    is due at the start, whenever live changes may have been missed (`require_history`), and whenever
    a sequence is missing: the order service writes it before it emits anything. While the history
    cannot be read, the stream goes on with live changes, and tries again at growing intervals.
    `after` is the sequence of the last change that the reader has.
    """

    def __init__(
        self,
        order_id: str,
        after: int,
        read: Read,
        on_close: Callable[["OrderStream"], None],
        customer_id: str = "",
    ) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self._after = after
        self._read = read
        self._on_close = on_close
        self._queue: StreamQueue[Change] = StreamQueue(MAX_UNREAD, after)
        self._history_required = True
        self._pause_s = 0.0
        self._retry_at = 0.0

    @property
    def ending(self) -> Ending | None:
        """Why nothing more will come; None while something may."""
        return self._queue.ending

    def add(self, change: Change) -> None:
        """Keep a live change for the reader; one too many ends the stream."""
        self._queue.add(change.sequence, change)

    def require_history(self) -> None:
        """Have the history read again, for live changes may have been missed."""
        self._history_required = True
        self._queue.wake()

    def end(self, ending: Ending) -> None:
        """End the stream: the reader gets nothing more but this."""
        self._queue.end(ending)

    def close(self) -> None:
        """Leave, since the reader has gone."""
        self._on_close(self)

    async def next(self) -> Message:
        """Return the next change of the order.

        Raises:
            StreamEndedError: the reader has the last one, or must go.
        """
        while True:
            if self.ending is not None:
                raise StreamEndedError(self.ending)
            change = self._queue.take()
            if change is not None:
                if change.is_final:
                    self.end(DONE)
                return change.message
            if self._history_is_due:
                await self._read_history_or_wait()
            else:
                await self._queue.wait()

    async def read_history(self) -> None:
        """Fill in the order's history.

        Raises:
            ProblemError: it cannot be read, or the reader's position does not exist.
        """
        self._history_required = False  # what happens from here on may require it again
        try:
            document = await self._read()
        except ProblemError:
            self._history_required = True
            raise
        self._fill_in(history(document) if document else [])

    @property
    def _history_is_due(self) -> bool:
        return self._history_required or self._queue.has_gap

    def _fill_in(self, changes: Sequence[Change]) -> None:
        newest = changes[-1].sequence if changes else 0
        if self._after > newest:
            self.end(POSITION_UNKNOWN)
            raise ProblemError("position_unknown", f"The order's newest change is {newest}.")
        self._queue.fill_in((change.sequence, change) for change in changes)
        if changes and changes[-1].is_final and self._queue.has_taken(newest):
            self.end(DONE)

    async def _read_history_or_wait(self) -> None:
        """Read the history, unless that has just failed: then wait for a change or the next try."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._retry_at:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._retry_at):
                    await self._queue.wait()
            return
        with suppress(ProblemError):
            await self.read_history()
        if self._history_is_due:
            self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)
            # Jitter: not all streams of a gateway at the same moment.
            self._retry_at = loop.time() + self._pause_s * random.uniform(0.5, 1.0)  # noqa: S311
        else:
            self._pause_s = 0.0
