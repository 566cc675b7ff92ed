"""Several orders that want the same goods, and all that may disturb the delivery of their events."""

from collections import Counter

from choreography.broker import Broker
from choreography.bugs import Bug
from choreography.endings import Ending, require_shelf
from choreography.process import BATCH, Process
from choreography.scenario import (
    ANSWERS,
    ASKED_TO_CANCEL,
    DEADLINE,
    PLACED,
    WANTED,
)
from events import (
    DEAD_LETTERS,
    Envelope,
    OrderEvent,
    OrderStatus,
    OrderStatusChanged,
    decode,
    encode,
)
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from inventory.handlers import handlers as inventory
from inventory.lifecycle import StockItem
from inventory.unit_of_work import InventoryWork
from messaging import CommandRefused, Fact, refused
from notifier.handlers import handlers as notifier
from notifier.unit_of_work import NotifierWork
from order.handlers import handlers as order
from order.holds import still_open
from order.unit_of_work import OrderWork
from payment.handlers import handlers as payment
from payment.unit_of_work import PaymentWork
from shipping.handlers import handlers as shipping
from shipping.unit_of_work import ShippingWork
from uuid_utils.compat import uuid7

ORDERS = [f"ord_{number:032x}" for number in range(4)]
ROUNDS = 200
"""Far more than anything takes that comes to an end."""
ON_HAND = 3 * WANTED
"""Enough for all orders but one."""
SERVICES = ("payment", "inventory", "shipping", "order", "notifier")
BODY = 3
"""Where the body of a command stands in its row."""
KINDS = {kind.kind(): kind for kind in ANSWERS}
FACTS = [
    (handlers.service, registration.fact_type.__name__)
    for handlers in (payment, inventory, shipping, order, notifier)
    for registration in handlers.registrations
]
randoms = st.randoms(use_true_random=False)


class InTurn:
    """Chance without any: the first of everything, and as much as may be."""

    def choice(self, of):
        return of[0]

    def randint(self, _, most):
        return most

    def randrange(self, _):
        return 0


EVERYTHING = InTurn()


class Shuffled(RuleBasedStateMachine):
    """Four orders, and all that may come between."""

    @initialize()
    def open(self) -> None:
        self.broker = Broker()
        shelf = {"MUG": StockItem("MUG", on_hand=ON_HAND)}
        works = {
            payment: PaymentWork(),
            inventory: InventoryWork(stock=shelf),
            shipping: ShippingWork(),
            order: OrderWork(),
            notifier: NotifierWork(),
        }
        self.processes = {
            handlers.service: Process(handlers, work, self.broker)
            for handlers, work in works.items()
        }
        self.placed: list[str] = []
        self.asked_to_cancel: set[str] = set()
        self.place()
        self.place()

    def teardown(self) -> None:
        try:
            self.come_to_rest()
        finally:
            for process in self.processes.values():
                process.close()

    def _publish(self, event: OrderEvent) -> None:
        """What the gateway's relay does."""
        envelope = Envelope(
            event=event,
            id=uuid7(),
            source="gateway",
            time=PLACED.placed_at,
            correlation_id=event.order_id,
            sequence=1,
        )
        self.broker.append(encode(envelope))

    @precondition(lambda self: len(self.placed) < len(ORDERS))
    @rule()
    def place_another(self) -> None:
        self.place()

    def place(self) -> None:
        self.placed.append(ORDERS[len(self.placed)])
        self._publish(about(self.placed[-1], PLACED))

    @precondition(lambda self: set(self.placed) - self.asked_to_cancel)
    @rule(random=randoms)
    def ask_to_cancel(self, random) -> None:
        order_id = random.choice(sorted(set(self.placed) - self.asked_to_cancel))
        self.asked_to_cancel.add(order_id)
        self._publish(about(order_id, ASKED_TO_CANCEL))

    @precondition(lambda self: self.placed)
    @rule(random=randoms)
    def let_a_deadline_pass(self, random) -> None:
        self.processes["order"].note(about(random.choice(self.placed), DEADLINE))

    @rule(name=st.sampled_from(SERVICES), random=randoms)
    def consume(self, name, random) -> None:
        self.processes[name].consume(random)

    @rule(random=randoms, turns=st.integers(1, 20))
    def go_on_for_a_while(self, random, turns) -> None:
        for _ in range(turns):
            process = self.processes[random.choice(SERVICES)]
            process.consume(random)
            self._answer(process, random)
            self._relay(process, random)

    @rule(name=st.sampled_from(SERVICES), random=randoms)
    def die_before_the_commit(self, name, random) -> None:
        self.processes[name].consume(random, dies=True)

    @rule(name=st.sampled_from(SERVICES))
    def die_after_the_commit(self, name) -> None:
        self.processes[name].die()

    @rule(name=st.sampled_from(SERVICES))
    def commit_the_offsets(self, name) -> None:
        self.processes[name].group.commit()

    @rule(name=st.sampled_from(SERVICES), random=randoms, forgets=st.booleans())
    def relay(self, name, random, forgets) -> None:
        self._relay(self.processes[name], random, forgets=forgets)

    def _relay(self, process, random, *, forgets=False) -> None:
        if process.database.kept.outbox:
            process.relay(random, forgets=forgets)

    @rule(
        name=st.sampled_from(SERVICES), random=randoms, times=st.integers(1, 2), dies=st.booleans()
    )
    def answer(self, name, random, times, dies) -> None:
        self._answer(self.processes[name], random, times=times, dies=dies)

    def _answer(self, process, random, *, times=1, dies=False) -> None:
        """The outside world answers a command, or one that it has answered before: the same."""
        keys = sorted({*process.answered, *process.database.kept.commands})
        if keys:
            self._answer_one(process, random.choice(keys), random, times=times, dies=dies)

    def _answer_one(self, process, key, random, *, times=1, dies=False) -> None:
        if key not in process.answered:
            order_id, _, kind = key.partition(":")
            process.answered[key] = self._answer_to(process, key, order_id, kind, random)
        process.answer(key, process.answered[key], times=times, dies=dies)

    def _answer_to(self, process, key, order_id, kind, random) -> Fact:
        """Any of the answers; or, if it is still asked, none that it could go on with."""
        answers = [about(order_id, answer) for answer in ANSWERS[KINDS[kind]]]
        row = process.database.kept.commands.get(key)
        if row is not None:
            command = KINDS[kind].model_validate_json(row[BODY])
            answers += [refused(command, "no", is_final=is_final) for is_final in (True, False)]
        return random.choice(answers)

    @rule(random=randoms)
    def break_handlers(self, random) -> None:
        """Of every order that was placed, there is a fact that some service cannot handle."""
        for order_id in self.placed:
            name, fact = random.choice(FACTS)
            self.processes[name].handlers.bugs.add(Bug(fact, order_id))

    @rule(name=st.sampled_from(SERVICES))
    def repair(self, name) -> None:
        self.processes[name].handlers.bugs.clear()

    @rule(name=st.sampled_from(SERVICES), times=st.integers(1, 2))
    def redrive(self, name, times) -> None:
        self._redrive(self.processes[name], times=times)

    def _redrive(self, process, *, times=1) -> None:
        """What was refused is asked again, and may get another answer."""
        process.redrive(times=times)
        process.answered = {
            key: answered
            for key, answered in process.answered.items()
            if not isinstance(answered, CommandRefused)
        }

    @invariant()
    def no_unit_appears_or_vanishes(self) -> None:
        shelf = self.processes["inventory"].database.kept.state["stock"]["MUG"]
        assert shelf.on_hand + shelf.reserved + shelf.shipped == ON_HAND
        assert min(shelf.on_hand, shelf.reserved, shelf.shipped) >= 0

    def let_everything_arrive(self) -> None:
        """Until nothing is on its way and nothing is asked; what was set aside stays there."""
        for _ in range(ROUNDS):
            arrived = [self._arrive(process) for process in self.processes.values()]
            if not any(arrived):
                return
        raise AssertionError("there is no end of it")

    def _arrive(self, process) -> bool:
        """Whether the service had an event to consume, a command to be answered or a row to publish."""
        waiting, kept = process.group.waiting(), process.database.kept
        commands, rows = list(kept.commands), list(kept.outbox)
        for _ in waiting:
            process.consume(EVERYTHING)
        for key in commands:
            self._answer_one(process, key, EVERYTHING)
        for _ in rows[::BATCH]:
            process.relay(EVERYTHING)
        return bool(waiting or commands or rows)

    def come_to_rest(self) -> None:
        self.let_everything_arrive()
        self._require_that_what_waits_for_an_operator_is_held()
        while any(process.database.kept.open_letters for process in self.processes.values()):
            for process in self.processes.values():
                process.handlers.bugs.clear()
                letters = set(process.database.kept.open_letters)
                self._redrive(process)
                assert not letters & process.database.kept.open_letters, "cannot be redriven"
            self.let_everything_arrive()
        ends = Counter({order_id: self._end_of(order_id) for order_id in self.placed}.values())
        gone = WANTED * ends["completed"]
        shelf = self.processes["inventory"].database.kept.state["stock"]["MUG"]
        require_shelf(shelf, ON_HAND - gone, gone)

    def _require_that_what_waits_for_an_operator_is_held(self) -> None:
        """Unless the very notice of it was set aside: it breeds no other."""
        letters = [
            letter
            for process in self.processes.values()
            for number, letter in process.database.kept.letters.items()
            if number in process.database.kept.open_letters
        ]
        unseen = {letter["key"] for letter in letters if letter["origin"] == DEAD_LETTERS.name}
        for order_id in set(self.placed) - unseen:
            status = self.processes["order"].of(order_id).status
            good = status is None or status.is_final or status is OrderStatus.HELD
            assert good, f"{order_id} is {status}, and the cause is unknown"

    def _end_of(self, order_id: str) -> str:
        """What the order's end is called: it is a good one, reached once, and held up by nothing."""
        known = [self.processes[name].of(order_id) for name in SERVICES]
        name = Ending(*known, customer_asked=order_id in self.asked_to_cancel).name()
        assert not still_open(self.processes["order"].of(order_id).held), f"{order_id} is held up"
        finals = {
            envelope.id
            for (topic, _), log in self.broker.logs.items()
            if topic == OrderStatusChanged.topic.name
            for envelope in (decode(record.headers, record.value) for record in log)
            if envelope.event.order_id == order_id and envelope.event.status.is_final
        }
        assert len(finals) == 1, f"{order_id} ended {len(finals)} times"
        return name


def about(order_id, fact):
    """The same, about another order."""
    return fact.model_copy(update={"order_id": order_id})
