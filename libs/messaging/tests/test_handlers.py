"""The registry: which handler handles what, and that none does more than it declares."""

from typing import ClassVar

import desk
import pytest
from events import (
    CancellationRequested,
    OrderOverdue,
    OrderPlaced,
    PaymentCaptured,
    PaymentDeclined,
)
from messaging import Aggregate, Command, Handlers, Timer, UndeclaredEffectError, UnitOfWork
from messaging.testing import given
from testkit import samples

ORDER = f"ord_{7:032x}"


class Work(UnitOfWork[Aggregate]):
    service: ClassVar[str] = "shop"
    aggregate_type: ClassVar[type] = Aggregate


class Ring(Command):
    """Ring a bell."""


class Tick(Timer):
    """A moment has passed."""


def do_nothing(fact, work) -> None: ...


@pytest.fixture
def handlers() -> Handlers[Work]:
    return Handlers[Work]("shop")


@pytest.fixture
def overdue() -> OrderOverdue:
    return OrderOverdue(order_id=ORDER, deadline=samples.NOON)


def test_each_fact_goes_to_its_handler_alone(handlers):
    consumed = []
    handlers.on(OrderPlaced)(lambda event, _: consumed.append(("placed", event)))
    handlers.on(CancellationRequested)(lambda event, _: consumed.append(("cancelled", event)))
    cancellation = samples.cancellation(ORDER)
    handlers.handle(cancellation, Work())
    assert consumed == [("cancelled", cancellation)]


def test_one_handler_may_handle_several_facts_timers_included(handlers):
    consumed = []
    handlers.on(OrderPlaced, CancellationRequested, Tick)(lambda fact, _: consumed.append(fact))
    facts = [samples.placed(ORDER), Tick(order_id=ORDER), samples.cancellation(ORDER)]
    for fact in facts:
        handlers.handle(fact, Work())
    assert consumed == facts


def test_a_second_handler_of_a_fact_is_refused(handlers):
    handlers.on(OrderPlaced)(do_nothing)
    with pytest.raises(ValueError, match="shop already handles OrderPlaced"):
        handlers.on(CancellationRequested, OrderPlaced)(do_nothing)


def test_a_registered_function_is_still_that_function(handlers):
    def note(event: OrderPlaced, work: Work) -> None: ...

    assert handlers.on(OrderPlaced)(note) is note


def test_topics_and_types_are_those_of_the_events_handled_each_once(handlers):
    handlers.on(PaymentCaptured, PaymentDeclined, OrderPlaced, Tick)(do_nothing)
    assert [topic.name for topic in handlers.topics] == ["payment-processed", "order-placed"]
    assert handlers.type_names == {
        "orderstream.PaymentCaptured.v1",
        "orderstream.PaymentDeclined.v1",
        "orderstream.OrderPlaced.v1",
    }


def test_a_registration_tells_what_may_come_of_a_fact(handlers):
    handlers.on(OrderPlaced, emits=[OrderOverdue], asks=[Ring])(do_nothing)
    [registration] = handlers.registrations
    assert (registration.fact_type, registration.emits) == (OrderPlaced, (OrderOverdue,))
    assert registration.asks == (Ring,)


def test_declared_effects_are_allowed(handlers, overdue):
    @handlers.on(OrderPlaced, emits=[OrderOverdue], asks=[Ring])
    def act(event: OrderPlaced, work: Work) -> None:
        work.emit(overdue)
        work.ask(Ring(order_id=ORDER))

    story = given(handlers, Work()).when(samples.placed(ORDER))
    assert (story.emitted, story.asked) == ([overdue], [Ring(order_id=ORDER)])


@pytest.mark.parametrize(
    ("declared", "undeclared"),
    [({}, "OrderOverdue"), ({"asks": [Ring]}, "OrderOverdue"), ({"emits": [OrderOverdue]}, "Ring")],
)
def test_an_undeclared_effect_is_refused_by_name(handlers, overdue, declared, undeclared):
    @handlers.on(OrderPlaced, **declared)
    def overreach(event: OrderPlaced, work: Work) -> None:
        work.emit(overdue)
        work.ask(Ring(order_id=ORDER))

    with pytest.raises(UndeclaredEffectError, match=f"overreach does not declare {undeclared}"):
        handlers.handle(samples.placed(ORDER), Work())


def test_each_handler_answers_only_for_its_own_effects(handlers, overdue):
    handlers.on(OrderPlaced, emits=[OrderOverdue])(lambda _, work: work.emit(overdue))
    handlers.on(CancellationRequested)(do_nothing)
    story = given(handlers, Work()).when(samples.placed(ORDER), samples.cancellation(ORDER))
    assert story.emitted == [overdue]


def test_what_a_condition_turns_away_concerns_nobody_and_is_not_handled(handlers):
    consumed = []
    mine = handlers.on(PaymentDeclined, where=lambda event: event.decline_code == "mine")
    mine(lambda event, _: consumed.append(event))
    theirs = desk.poison(ORDER)
    ours = theirs.model_copy(update={"decline_code": "mine"})
    assert (handlers.concerns(ours), handlers.concerns(theirs)) == (True, False)
    assert not handlers.concerns(samples.placed(ORDER))
    for event in (ours, theirs):
        handlers.handle(event, Work())
    assert consumed == [ours]
