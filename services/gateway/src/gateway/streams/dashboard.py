"""The dashboard live: every reader gets the same messages, made once a second per gateway."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.shares import Shares
from gateway.streams.dashboard_documents import Dashboard, ProcessHealth, WindowNumbers
from gateway.streams.dashboard_health import SystemHealth
from gateway.streams.dashboard_store import DashboardStore, Whole
from gateway.streams.protocol import GOING_AWAY, Ending, Message, StreamEndedError
from gateway.streams.queue import StreamQueue

UPDATE_EVERY_S = 1.0
MAX_UNREAD = 20
MINUTE = timedelta(minutes=1)

Show = Callable[[Whole], WindowNumbers]


class DashboardStream:
    """A source of messages for one reader: the snapshot, then every update."""

    def __init__(
        self,
        snapshot: Message,
        on_close: Callable[["DashboardStream"], None],
        customer_id: str = "",
    ) -> None:
        self.customer_id = customer_id
        self._on_close = on_close
        self._queue: StreamQueue[Message] = StreamQueue(MAX_UNREAD)
        self._added = 0
        self.add(snapshot)

    def add(self, message: Message) -> None:
        """Keep a message for the reader; one too many ends the stream."""
        self._added += 1
        self._queue.add(self._added, message)

    def end(self, ending: Ending) -> None:
        """End the stream: the reader gets nothing more but this."""
        self._queue.end(ending)

    async def next(self) -> Message:
        """Return the next message.

        Raises:
            StreamEndedError: there are no more.
        """
        while True:
            if self._queue.ending is not None:
                raise StreamEndedError(self._queue.ending)
            message = self._queue.take()
            if message is not None:
                return message
            await self._queue.wait()

    def close(self) -> None:
        """Leave, since the reader has gone."""
        self._on_close(self)


class DashboardStreams:
    """All dashboard streams of this gateway; operators share its `places`."""

    def __init__(
        self,
        places: Shares,
        board: DashboardStore,
        health: Callable[[], list[ProcessHealth]],
        show: Show,
    ) -> None:
        self._places = places
        self._board = board
        self._health = health
        self._show = show
        self._open: set[DashboardStream] = set()

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._places)

    def open(self, customer_id: str = "") -> DashboardStream:
        """Open a stream for a new reader.

        Raises:
            ProblemError: there are too many, or too many of this reader's.
        """
        self._places.require_room(customer_id, "dashboards")
        windows = [self._show(one) for one in self._board.windows()]
        stream = DashboardStream(self._message("snapshot", windows), self._close, customer_id)
        self._open.add(stream)
        self._places.take(customer_id)
        return stream

    def release(self) -> None:
        """End every stream and open no more: the process is about to stop."""
        self._places.close()
        for stream in self._open:
            stream.end(GOING_AWAY)

    async def run(self) -> None:
        """Send what has changed to all readers, once a second, until cancelled."""
        while True:
            await asyncio.sleep(UPDATE_EVERY_S)
            changed = self._board.take_changed()
            if self._open:
                message = self._message("update", [self._show(one) for one in changed])
                for stream in self._open:
                    stream.add(message)

    def _close(self, stream: DashboardStream) -> None:
        if stream in self._open:
            self._open.remove(stream)
            self._places.give_back(stream.customer_id)

    def _message(self, kind: str, windows: list[WindowNumbers]) -> Message:
        now = datetime.now(UTC)
        document = Dashboard.model_validate(
            {
                "type": kind,
                "at": now,
                "windows": windows,
                "last_minute": self._show(self._board.since(now - MINUTE, MINUTE)),
                "services": self._health(),
            }
        )
        return Message(kind, document.model_dump_json())


@dataclass(frozen=True, slots=True)
class DashboardFeed:
    """The dashboard's parts: the shop's numbers, the health of the processes, the readers."""

    board: DashboardStore
    health: SystemHealth
    streams: DashboardStreams

    async def run(self, bootstrap: str) -> None:
        """Consume the numbers, check the processes, and serve the readers, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.board.follow(bootstrap))
            tasks.create_task(self.health.run())
            tasks.create_task(self.streams.run())
