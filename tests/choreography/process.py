"""A service's worker between such a broker and such a database: the real processor and redriver."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, Self

from choreography.broker import Broker, Group, Place
from choreography.bugs import Buggy
from choreography.deciding import PASSING
from choreography.tables import CrashError, Database
from events import Record
from messaging import Buffer, Delivery, Fact, Handlers, MessageContext, Processor, UnitOfWork
from messaging.dead_letters.redrive import Redriver
from messaging.inbound.consumer import delivery_of
from messaging.outbound.outbox import load_headers

BATCH = 6


class Process:
    """One service. It may die at any commit, and then begins again where its tables and the broker are."""

    def __init__(self, handlers: Handlers[Any], work: UnitOfWork[Any], broker: Broker) -> None:
        self.name = handlers.service
        self.handlers = Buggy(handlers)
        self.database = Database(_kept(work))
        self.group = Group(broker, frozenset(topic.name for topic in handlers.topics))
        self.answered: dict[str, Fact] = {}
        self._broker = broker
        self._work_type = _in_memory(type(work), self.database)
        self._loop = asyncio.new_event_loop()
        self._start()

    def _start(self) -> None:
        self._processor = Processor(self.handlers, self._work_type, self.database, lambda _: None)
        self._buffer = Buffer()
        self._redriver = Redriver(self.database, self.handlers, self._buffer)

    def close(self) -> None:
        """Let go of the event loop."""
        self._loop.close()

    def of(self, order_id: str) -> Any:
        """What the service knows about an order; a blank one if it has consumed nothing about it."""
        return self._work_type(**self.database.load()).of(order_id)

    def consume(self, random: Random, *, dies: bool = False) -> None:
        """Handle a batch from any of its partitions; or die just before the commit."""
        batch = []
        for _ in range(random.randint(1, BATCH)):
            places = self.group.waiting()
            if places:
                place = random.choice(places)
                batch.append(self._delivery(place, *self.group.take(place)))
        self._handle(batch, dies=dies)

    def _delivery(self, place: Place, offset: int, record: Record) -> Delivery:
        topic, partition = place
        consumed = SimpleNamespace(
            topic=topic,
            partition=partition,
            offset=offset,
            timestamp=int(time.time() * 1000),
            **_as_consumed(record),
        )

        def acknowledge() -> None:
            self.group.acknowledged[place].add(offset)

        return delivery_of(consumed, self.handlers, acknowledge)

    def note(self, fact: Fact) -> None:
        """Handle a timer."""
        self._handle([Delivery(fact=fact, cause=MessageContext("the clock"))])

    def answer(self, key: str, answer: Fact, *, times: int, dies: bool = False) -> None:
        """Handle the outside world's answer to a command, however often it comes."""
        delivery = Delivery(fact=answer, cause=MessageContext("an answer"), command_key=key)
        self._handle([delivery] * times, dies=dies)

    def redrive(self, *, times: int = 1) -> None:
        """Handle every open letter once more, on an operator's word that may be given twice."""
        kept = self.database.kept
        for letter in sorted(kept.open_letters):
            kept.actions |= {self.database.number(): letter for _ in range(times)}
        self._run(self._redriver._look())
        self._handle(self._buffer.take_waiting(1_000))

    def relay(self, random: Random, *, forgets: bool = False) -> None:
        """Publish some rows; a relay that dies forgets to delete them.

        Two relays may overtake each other, so a row may be published before an older one.
        """
        positions = sorted(self.database.kept.outbox)
        first = random.choice([0, 0, random.randrange(len(positions))])
        for position in positions[first : first + random.randint(1, BATCH)]:
            topic, key, value, headers = self.database.kept.outbox[position]
            self._broker.append(Record(topic, key, value, load_headers(headers)))
            if not forgets:
                del self.database.kept.outbox[position]

    def die(self) -> None:
        """Lose all that is only in memory."""
        self.group.begin_again()
        self._start()

    def _handle(self, batch: Sequence[Delivery], *, dies: bool = False) -> None:
        self.database.dies = dies
        self._run(self._processor.process(batch))
        self.database.dies = False

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            self._loop.run_until_complete(work)
        except CrashError:
            self.die()


def _as_consumed(record: Record) -> dict[str, Any]:
    """Key, value and headers, as a consumer gives them."""
    return {"key": record.key, "value": record.value, "headers": list(record.headers)}


def _kept(work: UnitOfWork[Any]) -> dict[str, Any]:
    return {name: value for name, value in vars(work).items() if name not in PASSING}


def _in_memory(work_type: type[UnitOfWork[Any]], database: Database) -> type[UnitOfWork[Any]]:
    """The service's unit of work, loaded from and saved into such a database."""

    class InMemory(work_type):
        @classmethod
        async def load(cls, _: object, facts: Sequence[Fact]) -> Self:  # noqa: ARG003
            return cls(**database.load())

        async def save(self, _: object) -> None:
            database.kept.state = _kept(self)

    return InMemory
