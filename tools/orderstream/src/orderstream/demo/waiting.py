"""What is waiting where: rows to be relayed, calls to be answered, events to be consumed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from aiokafka.errors import KafkaError
from events import EVENT_TOPICS
from stack import DATABASES, System
from stack.topics import read_contents

EVERY_S = 0.7
OLD_S = 3.0
"""A look that is older is not what waits now."""
CALLERS = frozenset({"payment", "shipping", "notifier"})
ROWS = "SELECT count(*) FROM outbox"
CALLS = "SELECT count(*) FROM commands"
FOLLOWERS = frozenset(service for topic in EVENT_TOPICS for service in topic.followed_by)
EVENTS = frozenset(topic.name for topic in EVENT_TOPICS)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in one service; None where it has no such thing."""

    unhandled: int | None
    outbox: int
    commands: int | None


@dataclass(slots=True)
class Board:
    """The newest look at every service, and how many events there are on all topics.

    `looked_at` is when that was, by the monotonic clock; None before the first look. `unavailable` says why
    there is no newer one.
    """

    backlogs: Mapping[str, Backlog] = field(default_factory=dict)
    events: int = 0
    events_before: int | None = None
    looked_at: float | None = None
    unavailable: str | None = None

    @property
    def doubt(self) -> str | None:
        """Why the numbers are not how it stands now; None if they are."""
        if self.looked_at is None:
            return self.unavailable or "not looked at yet"
        age_s = time.monotonic() - self.looked_at
        if self.unavailable is None and age_s < OLD_S:
            return None
        return f"{age_s:.0f} s ago" + (f"; now {self.unavailable}" if self.unavailable else "")

    @property
    def new_events(self) -> int:
        """Events since the first look."""
        return 0 if self.events_before is None else self.events - self.events_before


@asynccontextmanager
async def watched(system: System, board: Board) -> AsyncIterator[None]:
    """Keep the board up to date for as long as the block lasts."""
    watching = asyncio.create_task(_watch(system, board))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(system: System, board: Board) -> None:
    """Look again and again until cancelled; an unavailable store is looked at again later."""
    while True:
        try:
            async with AsyncExitStack() as stack:
                await _look_on(system, board, stack)
        except (KafkaError, OSError, asyncpg.PostgresError) as error:
            board.unavailable = f"{type(error).__name__}: {error}"
            await asyncio.sleep(EVERY_S)


async def _look_on(system: System, board: Board, stack: AsyncExitStack) -> None:
    databases = {}
    for service, database in DATABASES.items():
        databases[service] = await asyncpg.connect(system.settings.database_url(database))
        stack.push_async_callback(databases[service].close)
    while True:
        await _look(system, board, databases)
        board.looked_at, board.unavailable = time.monotonic(), None
        await asyncio.sleep(EVERY_S)


async def _look(system: System, board: Board, databases: Mapping[str, asyncpg.Connection]) -> None:
    topics = await read_contents(system.settings.kafka_bootstrap)
    unhandled: Counter[str] = Counter()
    for topic in topics:
        unhandled.update(topic.lag)
    board.backlogs = {
        service: await _backlog(service, connection, unhandled)
        for service, connection in databases.items()
    }
    board.events = sum(topic.records for topic in topics if topic.name in EVENTS)
    if board.events_before is None:
        board.events_before = board.events


async def _backlog(
    service: str, connection: asyncpg.Connection, unhandled: Mapping[str, int]
) -> Backlog:
    return Backlog(
        unhandled=unhandled[service] if service in FOLLOWERS else None,
        outbox=await connection.fetchval(ROWS),
        commands=await connection.fetchval(CALLS) if service in CALLERS else None,
    )
