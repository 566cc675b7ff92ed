"""Whatever is repeated, reordered or cut short: every effect happens once and nothing is lost.

The real handlers, processor and relay of a tiny service, between a broker and a database that are
plain Python and die on demand. Hypothesis looks for a sequence of mishaps that breaks the rules.
"""

import asyncio
from dataclasses import replace

import desk
import pytest
from crashing_stores import Broker, CrashError, Database
from events import DEAD_LETTERS, decode, encode
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from messaging import Delivery, MessageContext, Processor, Relay, set_aside_unpublishable
from messaging.outbound import outbox
from testkit import samples

POISONED = "payment-processed.order.dead-letter"


KINDS = {"placed": samples.placed, "cancellation": samples.cancellation, "poison": desk.poison}


ORDERS = [f"ord_{number:032x}" for number in range(3)]


class Mishaps(RuleBasedStateMachine):
    processor_type = Processor

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.database, self.broker = Database(), Broker()
        self.published = []  # what the outside world said, each once
        self.waiting = []  # records on their way to us, repeats included
        self.work_type = self._work_type()
        self.start()

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            self.loop.close()

    def _work_type(self):
        database = self.database

        class InMemoryWork(desk.DeskWork):
            @classmethod
            async def load(cls, connection, facts):  # noqa: ARG003  # asyncpg's
                keys = {fact.order_id for fact in facts}
                known = database.kept.papers
                return cls({key: known.get(key) or cls.aggregate_type(key) for key in keys})

            async def save(self, connection):  # noqa: ARG002  # asyncpg's
                database.kept.papers |= self.aggregates

        return InMemoryWork

    def start(self) -> None:
        """A process with an empty memory; its predecessor left what the database keeps."""
        self.relay = Relay(self.database, self.broker, set_aside_unpublishable("order"))
        self.processor = self.processor_type(
            desk.handlers, self.work_type, self.database, self._after_commit
        )

    def _after_commit(self, committed) -> None:
        self.database.reach("after commit")
        self.relay.feed(committed.rows)

    def _run(self, work) -> None:
        try:
            self.loop.run_until_complete(work)
        except CrashError:
            self.start()

    def _deliver(self, number: int) -> None:
        batch, acknowledged = self.waiting[:number], []
        self._run(
            self.processor.process(
                [desk.delivery_of(record, lambda: acknowledged.append(1)) for record in batch]
            )
        )
        # What was not acknowledged is delivered again.
        assert len(acknowledged) in (0, len(batch))
        self.waiting = self.waiting[len(acknowledged) :]

    def _answer(self, times: int) -> None:
        answers = [
            Delivery(
                fact=desk.Stamped(order_id=row[1]), cause=MessageContext("request"), command_key=key
            )
            for key, row in self.database.kept.commands.items()
        ]
        self._run(self.processor.process(answers * times))

    @rule(order=st.sampled_from(ORDERS), kind=st.sampled_from(["cancellation", "poison"]))
    def publish(self, order, kind):
        event = KINDS[kind](order)
        self.published.append(samples.enveloped(event))
        self.waiting.append(encode(self.published[-1]))

    @rule(order=st.sampled_from(ORDERS))
    def place(self, order):
        if not any(e.event == samples.placed(order) for e in self.published):
            self.published.append(samples.enveloped(samples.placed(order)))
            self.waiting.append(encode(self.published[-1]))

    @precondition(lambda self: self.waiting)
    @rule(number=st.integers(1, 5))
    def deliver(self, number):
        self._deliver(number)

    @precondition(lambda self: self.waiting)
    @rule(number=st.integers(1, 5), point=st.sampled_from(["before commit", "after commit"]))
    def crash_while_handling(self, number, point):
        self.database.die_at = point
        self._deliver(number)
        self.database.die_at = None

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def repeat(self, data):
        self.waiting.append(encode(data.draw(st.sampled_from(self.published))))

    @precondition(lambda self: len(self.waiting) > 1)
    @rule(random=st.randoms(use_true_random=False))
    def reorder(self, random):
        random.shuffle(self.waiting)

    @rule(times=st.integers(1, 2))
    def answer(self, times):
        self._answer(times)

    @rule(point=st.sampled_from(["before commit", "after commit"]))
    def crash_while_noting_answers(self, point):
        self.database.die_at = point
        self._answer(1)
        self.database.die_at = None

    @rule(takes=st.sampled_from([None, 0, 1]))
    def relay_what_was_fed(self, takes):
        self.broker.takes = takes
        self._run(self.relay.drain())
        self.broker.takes = None

    @rule()
    def crash_between_publish_and_delete(self):
        self.database.die_at = "before delete"
        self._run(self.relay.drain())
        self.database.die_at = None

    @rule()
    def sweep(self):
        sweeper = Relay(self.database, self.broker, set_aside_unpublishable("order"))
        sweeper.feed(
            [
                outbox.read_row(
                    {"position": position}
                    | dict(zip(("topic", "key", "value", "headers"), row, strict=True))
                )
                for position, row in sorted(self.database.kept.outbox.items())
            ]
        )
        self._run(sweeper.drain())

    @invariant()
    def no_effect_happens_twice(self):
        handled = self.database.kept.inbox
        for order, paper in self.database.kept.papers.items():
            cancellations = [e for e in self._consumed(order, "cancellation") if e.id in handled]
            assert paper.cancellations == len(cancellations)
            assert paper.version == paper.cancellations + (paper.status == "stamped")

    def _consumed(self, order: str, kind: str):
        event = KINDS[kind](order)
        return [envelope for envelope in self.published if envelope.event == event]

    def come_to_rest(self) -> None:
        """Let everything arrive: then it must all be there, once."""
        while self.waiting:
            self._deliver(100)
        self._answer(1)
        self.sweep()
        kept = self.database.kept
        assert (kept.outbox, kept.commands) == ({}, {})
        assert kept.inbox == {envelope.id for envelope in self.published}
        emitted = [
            decode(record.headers, record.value)
            for record in self.broker.records
            if record.topic not in (DEAD_LETTERS.name, POISONED)
        ]
        for order in ORDERS:
            self._check(
                order, {envelope for envelope in emitted if envelope.event.order_id == order}
            )
        self._check_dead_letters()

    def _check(self, order, emitted) -> None:
        """What was said of one order, repeats aside."""
        paper = self.database.kept.papers.get(order) or desk.Paper(order)
        cancellations = self._consumed(order, "cancellation")
        placed = self._consumed(order, "placed")
        assert paper.status == ("stamped" if placed else "new")
        assert sorted(envelope.sequence for envelope in emitted) == list(
            range(1, paper.version + 1)
        )
        causes = [envelope.causation_id for envelope in emitted if envelope.causation_id]
        assert sorted(causes) == sorted(envelope.id for envelope in cancellations)

    def _check_dead_letters(self) -> None:
        poison = {e.id for order in ORDERS for e in self._consumed(order, "poison")}
        assert len(self.database.kept.dead_letters) == len(poison)
        records = [r for r in self.broker.records if r.topic == POISONED]
        assert {decode(record.headers, record.value).id for record in records} == poison
        notices = [r for r in self.broker.records if r.topic == DEAD_LETTERS.name]
        assert {decode(record.headers, record.value).causation_id for record in notices} == poison


@pytest.fixture(autouse=True)
def _without_a_breaker(monkeypatch):
    """Here poison comes in any number, and none of it is a fault of ours."""
    monkeypatch.setattr("messaging.inbound.breaker.TRIP_AFTER", 1_000_000)


def test_effects_happen_once_and_nothing_is_lost_whatever_goes_wrong():
    run_state_machine_as_test(
        Mishaps, settings=settings(max_examples=150, stateful_step_count=30, deadline=None)
    )


class HastyProcessor(Processor):
    """Acknowledges before it commits."""

    async def process(self, batch):
        for delivery in batch:
            delivery.acknowledge()
        await super().process([replace(each, acknowledge=lambda: None) for each in batch])


class HastyRelay(Relay):
    """Deletes what the broker may not have."""

    async def _publish_fed(self):
        self._acknowledged.extend(row.position for row in self._fed)
        await super()._publish_fed()


async def admit_everything(_, ids):
    return set(ids)


def hasten_processor(monkeypatch):
    monkeypatch.setattr(Mishaps, "processor_type", HastyProcessor)


def hasten_relay(monkeypatch):
    monkeypatch.setitem(globals(), "Relay", HastyRelay)


def forget_what_was_consumed(monkeypatch):
    monkeypatch.setattr("messaging.inbound.inbox.admit", admit_everything)


def forget_what_was_answered(monkeypatch):
    monkeypatch.setattr("messaging.inbound.deduplication.settle", admit_everything)


@pytest.mark.parametrize(
    "sabotage", [hasten_processor, hasten_relay, forget_what_was_consumed, forget_what_was_answered]
)
def test_the_rules_would_notice_a_part_that_breaks_them(monkeypatch, sabotage):
    sabotage(monkeypatch)
    hunt = settings(
        max_examples=200,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(Mishaps, settings=hunt)
