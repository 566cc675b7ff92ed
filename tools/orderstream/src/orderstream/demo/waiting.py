"""What is waiting where: rows to be relayed, calls to be answered, events to be handled.

How many events wait each worker tells. What its group has acknowledged says less: that is written
down every two seconds only, whatever was handled meanwhile.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
from client.http import open_http
from events import EVENT_TOPICS
from stack import DATABASES, Layer, System

from orderstream.metrics.judging import Sample
from orderstream.metrics.reading import read_all

EVERY_S = 0.7
OLD_S = 3.0
"""A look that is older is not what waits now."""
CALLERS = frozenset({"payment", "shipping", "notifier"})
ROWS = "SELECT count(*) FROM outbox"
CALLS = "SELECT count(*) FROM commands"
GATEWAY = "gateway"
LAG = "orderstream_consumer_lag_records"
PUBLISHED = "orderstream_published_total"
EVENTS = frozenset(topic.name for topic in EVENT_TOPICS)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in one service; None where it has no such thing, or no worker tells."""

    unhandled: int | None
    outbox: int
    commands: int | None


@dataclass(slots=True)
class Board:
    """The newest look at every service, and how many events were published since the first one.

    `looked_at` is when that was, by the monotonic clock; None before the first look. `unavailable` says why
    there is no newer one.
    """

    backlogs: Mapping[str, Backlog] = field(default_factory=dict)
    new_events: int = 0
    looked_at: float | None = None
    unavailable: str | None = None
    _published: dict[str, int] = field(default_factory=dict)

    @property
    def doubt(self) -> str | None:
        """Why the numbers are not how it stands now; None if they are."""
        if self.looked_at is None:
            return self.unavailable or "not looked at yet"
        age_s = time.monotonic() - self.looked_at
        if self.unavailable is None and age_s < OLD_S:
            return None
        return f"{age_s:.0f} s ago" + (f"; now {self.unavailable}" if self.unavailable else "")

    def note_events(self, published: Mapping[str, int]) -> None:
        """Count on what each process has published; one that was started again has begun at nothing."""
        self.new_events += sum(
            max(0, so_far - self._published.get(process, so_far))
            for process, so_far in published.items()
        )
        self._published.update(published)


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
        except (OSError, asyncpg.PostgresError) as error:
            board.unavailable = f"{type(error).__name__}: {error}"
            await asyncio.sleep(EVERY_S)


async def _look_on(system: System, board: Board, stack: AsyncExitStack) -> None:
    databases = {}
    for service, database in DATABASES.items():
        databases[service] = await asyncpg.connect(system.settings.database_url(database))
        stack.push_async_callback(databases[service].close)
    http = await stack.enter_async_context(open_http(verify=False))
    while True:
        await _look(system, board, databases, http)
        board.looked_at, board.unavailable = time.monotonic(), None
        await asyncio.sleep(EVERY_S)


async def _look(
    system: System,
    board: Board,
    databases: Mapping[str, asyncpg.Connection],
    http: httpx.AsyncClient,
) -> None:
    asked = [one for one in system.processes if one.name == GATEWAY or one.layer is Layer.WORKERS]
    samples = await read_all(http, asked)
    services = {one.first_name: one.service for one in asked}
    unhandled = Counter[str]()
    for sample in samples:
        if sample.name == LAG:
            unhandled[str(services[sample.labels["service"]])] += int(sample.value)
    silent = {
        services[one.labels["service"]] for one in samples if one.name == "up" and not one.value
    }
    board.backlogs = {
        service: await _backlog(
            connection,
            None if service in silent else unhandled.get(service),
            asks=service in CALLERS,
        )
        for service, connection in databases.items()
    }
    board.note_events(_published(samples))


def _published(samples: Sequence[Sample]) -> Counter[str]:
    """Count the events that the broker has acknowledged to each process."""
    found = Counter[str]()
    for one in samples:
        if one.name == PUBLISHED and one.labels["outcome"] == "acknowledged":
            found[one.labels["instance"]] += int(one.value) if one.labels["topic"] in EVENTS else 0
    return found


async def _backlog(connection: asyncpg.Connection, unhandled: int | None, *, asks: bool) -> Backlog:
    return Backlog(
        unhandled=unhandled,
        outbox=await connection.fetchval(ROWS),
        commands=await connection.fetchval(CALLS) if asks else None,
    )
