"""Who looks at the dashboard: everybody is told the same, made once a second per gateway."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.live.dashboard_board import Board, Whole
from gateway.live.dashboard_documents import Dashboard, ProcessHealth, WindowNumbers
from gateway.live.ending import GOING_AWAY, TOO_SLOW, Ending, StreamEndedError
from gateway.live.messages import Message
from gateway.problems.problem import ProblemError

TELL_EVERY_S = 1.0
MAX_UNREAD = 20
MINUTE = timedelta(minutes=1)

Show = Callable[[Whole], WindowNumbers]


class DashboardStream:
    """A source of messages for one reader: the snapshot, then every update."""

    def __init__(self, streams: "DashboardStreams", snapshot: Message) -> None:
        self._streams = streams
        self._unread = deque([snapshot])
        self._ending: Ending | None = None
        self._news = asyncio.Event()

    def add(self, message: Message) -> None:
        """Keep a message for the reader; one too many ends it."""
        if len(self._unread) >= MAX_UNREAD:
            self.end(TOO_SLOW)
        elif self._ending is None:
            self._unread.append(message)
            self._news.set()

    def end(self, ending: Ending) -> None:
        """Tell the reader nothing more but this."""
        self._ending = self._ending or ending
        self._unread.clear()
        self._news.set()

    async def next(self) -> Message:
        """The next message.

        Raises:
            StreamEndedError: there are no more.
        """
        while not self._unread:
            if self._ending is not None:
                raise StreamEndedError(self._ending)
            self._news.clear()
            await self._news.wait()
        return self._unread.popleft()

    def close(self) -> None:
        """The reader has gone."""
        self._streams.close(self)


class DashboardStreams:
    """All dashboards that look at this gateway, `limit` at most."""

    def __init__(
        self, limit: int, board: Board, health: Callable[[], list[ProcessHealth]], show: Show
    ) -> None:
        self._limit = limit
        self._board = board
        self._health = health
        self._show = show
        self._open: set[DashboardStream] = set()

    def open(self) -> DashboardStream:
        """A new reader's stream.

        Raises:
            ProblemError: there are too many.
        """
        if len(self._open) >= self._limit:
            raise ProblemError("too_many_streams", "This gateway has as many dashboards as it may.")
        windows = [self._show(one) for one in self._board.windows()]
        stream = DashboardStream(self, self._message("snapshot", windows))
        self._open.add(stream)
        return stream

    def close(self, stream: DashboardStream) -> None:
        """Its reader has gone."""
        self._open.discard(stream)

    def release(self) -> None:
        """End every stream and open no more: the process is about to stop."""
        self._limit = 0
        for stream in self._open:
            stream.end(GOING_AWAY)

    async def run(self) -> None:
        """Tell everybody what has changed, once a second, until cancelled."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            changed = self._board.take_changed()
            if self._open:
                message = self._message("update", [self._show(one) for one in changed])
                for stream in self._open:
                    stream.add(message)

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
