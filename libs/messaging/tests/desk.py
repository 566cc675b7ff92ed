"""A tiny service: a desk that gets every order stamped; and the facts that it gets."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from events import (
    CancellationRequested,
    Event,
    OrderOverdue,
    OrderPlaced,
    PaymentCaptured,
    PaymentDeclined,
    Record,
    encode,
)
from messaging import (
    Aggregate,
    Answer,
    Command,
    CommandRedriven,
    CommandRefused,
    Commands,
    ConsumedRecord,
    Delivery,
    Handlers,
    Lifecycle,
    Rows,
    UnitOfWork,
    commands_table,
    dead_letter_actions_table,
    dead_letters_table,
    decode_delivery,
    inbox_table,
    order_ids,
    outbox_table,
    set_asides_table,
)
from sqlalchemy import Column, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from testkit.samples import NOON, TOTAL, enveloped

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
    """What the desk knows of an order; `received` are the payment tokens and ids that came with facts."""

    status: PaperStatus = PaperStatus.NEW
    cancellations: int = 0
    note: str | None = None
    received: tuple[str, ...] = ()


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
    Column("received", JSONB, nullable=False, server_default="[]"),
)
outbox_table(metadata)
inbox_table(metadata)
commands_table(metadata)
dead_letters_table(metadata)
dead_letter_actions_table(metadata)
set_asides_table(metadata)
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
    paper.received += (event.payment_token,)
    work.ask(Stamp(order_id=event.order_id, token=event.payment_token))


@handlers.on(Stamped, emits=[OrderOverdue])
def note_stamp(answer: Stamped, work: DeskWork) -> None:
    paper = work.of(answer.order_id)
    paper.status = LIFECYCLE.move(paper.status, PaperStatus.STAMPED)
    work.emit(OrderOverdue(order_id=answer.order_id, deadline=NOON))


@handlers.on(CommandRefused, where=lambda fact: fact.is_final)
def note_refusal(fact: CommandRefused, work: DeskWork) -> None:
    work.of(fact.order_id).note = f"refused: {fact.reason}"


@handlers.on(CommandRedriven, asks=[Stamp])
def ask_again(fact: CommandRedriven, work: DeskWork) -> None:
    paper = work.of(fact.order_id)
    if paper.status is PaperStatus.WAITING:
        paper.note = None
        work.ask(commands.read(fact.command, fact.body))


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


def poison(order_id: str) -> PaymentDeclined:
    return PaymentDeclined(order_id=order_id, decline_code="poison")


def captured(order_id: str, payment_id: str) -> PaymentCaptured:
    return PaymentCaptured(order_id=order_id, payment_id=payment_id, amount=TOTAL)


def delivery_of(record: Record, acknowledge: Callable[[], None] = lambda: None) -> Delivery:
    """The delivery of a record, at another offset each time."""
    place = ConsumedRecord(
        record.topic, 0, next(OFFSETS), record.key, record.value, tuple(record.headers)
    )
    return decode_delivery(place, acknowledge)


def deliveries(*events: Event) -> list[Delivery]:
    return [delivery_of(encode(enveloped(event))) for event in events]


async def count(pool, table: str) -> int:
    return await pool.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608  # our own tables


async def counts(pool, *tables: str) -> list[int]:
    return [await count(pool, table) for table in tables]
