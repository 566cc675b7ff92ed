"""A tiny service for the tests: a desk that gets every order stamped; and what the tests work with."""

import asyncio
import itertools
import socket
import sys
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

import pytest
from aiokafka import AIOKafkaConsumer
from events import (
    CancellationRequested,
    Envelope,
    Event,
    Money,
    OrderLine,
    OrderOverdue,
    OrderPlaced,
    PaymentCaptured,
    PaymentDeclined,
    Record,
    SealedPersonalData,
    encode,
)
from messaging import (
    Aggregate,
    Answer,
    Command,
    Commands,
    Handlers,
    Lifecycle,
    Rows,
    UnitOfWork,
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    inbox_table,
    order_ids,
    outbox_table,
)
from messaging.delivery import Delivery, HeardRecord
from messaging.hearing import read
from servicekit import open_pool
from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateTable

NOON = datetime(2010, 12, 1, 12, tzinfo=UTC)
DEADLINE_S = 20.0
OFFSETS = itertools.count()


class PaperStatus(StrEnum):
    NEW = "new"
    WAITING = "waiting"
    STAMPED = "stamped"


LIFECYCLE = Lifecycle(
    "paper",
    {
        PaperStatus.NEW: frozenset({PaperStatus.WAITING}),
        PaperStatus.WAITING: frozenset({PaperStatus.STAMPED}),
        PaperStatus.STAMPED: frozenset(),
    },
)


@dataclass(slots=True)
class Paper(Aggregate):
    """What the desk knows of an order; `told` are the payment tokens and ids that it was told."""

    status: PaperStatus = PaperStatus.NEW
    cancellations: int = 0
    note: str | None = None
    told: tuple[str, ...] = ()


class Stamp(Command):
    token: str


class Stamped(Answer):
    ink: str = "blue"


metadata = MetaData()
papers = Table(
    "papers",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("status", Text, nullable=False, server_default="new"),
    Column("cancellations", Integer, nullable=False, server_default="0"),
    Column("note", Text),
    Column("told", JSONB, nullable=False, server_default="[]"),
)
outbox_table(metadata)
inbox_table(metadata)
commands_table(metadata)
dead_letters_table(metadata)
dead_letter_actions_table(metadata)
PAPERS = Rows(Paper, papers)


class DeskWork(UnitOfWork[Paper]):
    service: ClassVar[str] = "order"
    aggregate_type: ClassVar[type[Paper]] = Paper

    @classmethod
    async def load(cls, connection, facts):
        return cls(await PAPERS.create_and_lock(connection, order_ids(facts)))

    async def save(self, connection):
        await PAPERS.update(connection, self.aggregates.values())


handlers = Handlers[DeskWork]("order")  # a name that owns topics, and dead letters of others
commands = Commands[list]()


@handlers.on(OrderPlaced, asks=[Stamp])
def lay_on_the_desk(event: OrderPlaced, work: DeskWork) -> None:
    paper = work.of(event.order_id)
    paper.status = LIFECYCLE.move(paper.status, PaperStatus.WAITING)
    paper.told += (event.payment_token,)
    work.ask(Stamp(order_id=event.order_id, token=event.payment_token))


@handlers.on(Stamped, emits=[OrderOverdue])
def note_stamp(answer: Stamped, work: DeskWork) -> None:
    paper = work.of(answer.order_id)
    paper.status = LIFECYCLE.move(paper.status, PaperStatus.STAMPED)
    work.emit(OrderOverdue(order_id=answer.order_id, deadline=NOON))


@handlers.on(CancellationRequested, emits=[OrderOverdue])
def count_cancellation(event: CancellationRequested, work: DeskWork) -> None:
    work.of(event.order_id).cancellations += 1
    work.emit(OrderOverdue(order_id=event.order_id, deadline=NOON))


@handlers.on(PaymentCaptured)
def note_payment(event: PaymentCaptured, work: DeskWork) -> None:
    work.of(event.order_id).note = event.payment_id


@handlers.on(PaymentDeclined)
def stumble(event: PaymentDeclined, work: DeskWork) -> None:
    work.of(event.order_id).cancellations += 100
    raise RuntimeError(f"cannot handle {event.decline_code}")


@commands.on(Stamp)
async def stamp(command: Stamp, calls: list) -> Stamped:
    """Every call is noted; whoever is in `calls` before as an exception is raised once."""
    trouble = calls.pop(0) if calls and isinstance(calls[0], Exception) else None
    calls.append(command.key)
    if trouble is not None:
        raise trouble
    return Stamped(order_id=command.order_id)


def new_order() -> str:
    return f"ord_{uuid.uuid4().hex}"


def placed(order_id: str) -> OrderPlaced:
    return OrderPlaced(
        order_id=order_id,
        customer_id="ada",
        country="GB",
        lines=(OrderLine(sku="MUG", name="Mug", quantity=1, unit_price=100),),
        total=Money(amount=100, currency="GBP"),
        payment_token="tok_1",
        recipient=SealedPersonalData(key_id="k", sealed="c2VhbGVk"),
        placed_at=NOON,
    )


def cancellation(order_id: str) -> CancellationRequested:
    return CancellationRequested(order_id=order_id, requested_at=NOON)


def poison(order_id: str) -> PaymentDeclined:
    return PaymentDeclined(order_id=order_id, decline_code="poison")


def captured(order_id: str, payment_id: str) -> PaymentCaptured:
    money = Money(amount=100, currency="GBP")
    return PaymentCaptured(order_id=order_id, payment_id=payment_id, amount=money)


def said(event: Event, **known: object) -> Envelope:
    """An envelope of the event; the same event said twice has two ids."""
    told = {"source": "gateway", "time": NOON, "correlation_id": "request", "sequence": 1}
    return Envelope(**{"event": event, "id": uuid.uuid4(), **told, **known})


def heard(record: Record, acknowledge: Callable[[], None] = lambda: None) -> Delivery:
    """The delivery of a record, at another offset each time."""
    place = HeardRecord(
        record.topic, 0, next(OFFSETS), record.key, record.value, tuple(record.headers)
    )
    return read(place, acknowledge)


def deliveries(*events: Event) -> list[Delivery]:
    return [heard(encode(said(event))) for event in events]


async def eventually(condition: Callable[[], Awaitable[object]], deadline_s: float = DEADLINE_S):
    """Poll until the condition holds, then return what it found."""
    async with asyncio.timeout(deadline_s):
        while not (found := await condition()):  # nothing tells us: it is another process
            await asyncio.sleep(0.02)
    return found


def producers() -> set[asyncio.Task]:
    """What keeps trying to send: one task for each producer that was not ended."""
    return {
        task
        for task in asyncio.all_tasks()
        if task.get_coro().__qualname__ == "Sender._sender_routine"
    }


async def count(pool, table: str) -> int:
    return await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608  # our own tables


async def counts(pool, *tables: str) -> list[int]:
    return [await count(pool, table) for table in tables]


async def records_on(bootstrap: str, topic: str, keys: Sequence[str]) -> list:
    """What the topic holds for these keys at this moment, from its beginning."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        parts = consumer.assignment()
        ends = await consumer.end_offsets(parts)
        found = []
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found.extend(records)
        return [record for record in found if (record.key or b"").decode() in keys]
    finally:
        await consumer.stop()


@asynccontextmanager
async def running(*parts):
    """Let relays, runners or readers run; one that fails fails the test."""
    tasks = [asyncio.create_task(part.run()) for part in parts]
    try:
        yield tasks
        for task in tasks:
            if task.done() and not task.cancelled():
                await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Door:
    """A TCP address of our own behind which another server answers; tests shut and open it."""

    def __init__(self, behind: int) -> None:
        self.behind, self.port = behind, 0
        self.callers = 0  # since it was last shut
        self._server: asyncio.Server | None = None
        self._through: set[asyncio.Task] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Throw everybody out and refuse callers."""
        self.callers = 0
        self._server.close()
        for task in self._through:
            task.cancel()
        await asyncio.gather(*self._through, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._through.add(task := asyncio.current_task())
        task.add_done_callback(self._through.discard)
        theirs, ours = await asyncio.open_connection(
            sock=socket.create_connection(("127.0.0.1", self.behind))
        )
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(pump(reader, ours))
                ways.create_task(pump(theirs, writer))
        except (ExceptionGroup, asyncio.CancelledError):
            pass  # one side hung up, or the door was shut
        finally:
            writer.transport.abort()
            ours.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    raise ConnectionResetError


@pytest.fixture
async def door(kafka, monkeypatch):
    """A door before Kafka. Brokers name their own address, so every way there is led through it."""
    loop, behind = asyncio.get_running_loop(), int(kafka.rpartition(":")[2])
    connect, way = loop.create_connection, Door(behind)

    def redirected(factory, host=None, port=None, **options):
        if port == behind:
            way.callers += 1
            port = way.port
        return connect(factory, host, port, **options)

    await way.open()
    monkeypatch.setattr(loop, "create_connection", redirected)
    yield way
    await way.shut()


@pytest.fixture(scope="session")
def desk():
    """The tiny service and its builders: everything in this file."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
async def stores(postgres):
    """A pool on a database with the tables of the desk."""
    async with await open_pool(postgres(), max_size=12) as pool:
        for table in metadata.sorted_tables:
            await pool.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))
        yield pool


@pytest.fixture
async def database(stores):
    """The pool, every table empty."""
    await stores.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    return stores


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
