"""Every interleaving of one order's story, over the real handlers and lifecycles.

Deliveries of different topics in any order, the provider and the carrier answering either way at
any time, the goods there or not, a customer who cancels up to twice and a deadline that passes at
any moment: first with each topic in order, as the broker keeps it, then with no order at all.
"""

from functools import cache

import pytest
from choreography.mailboxes import InTopicOrder
from choreography.scenario import ANSWERS, CASES, REFUSING, Case
from choreography.whole import Exploration, explore_case, status_before_and_after
from events import DeadLettered, DeadLetterSettled, OrderStatus, OrderStatusChanged
from inventory.lifecycle import LIFECYCLE as RESERVATION
from messaging import Lifecycle
from notifier.commands import SendMail
from notifier.lifecycle import LIFECYCLE as NOTIFICATION
from order.lifecycle import LIFECYCLE as ORDER_LIFECYCLE
from orderstream.maps.registries import answers_of
from payment.lifecycle import LIFECYCLE as PAYMENT
from shipping.lifecycle import LIFECYCLE as SHIPMENT

LIFECYCLES: dict[str, Lifecycle] = {
    "payment": PAYMENT,
    "inventory": RESERVATION,
    "shipping": SHIPMENT,
    "order": ORDER_LIFECYCLE,
    "notifier": NOTIFICATION,
}
OPERATED = (DeadLettered, DeadLetterSettled)
"""Said where a handler fails, which none does here: the order service's own tests have these."""


IN_ORDER = [case for case in CASES if case.mailbox is InTopicOrder]
CANCELLED = {"cancelled: payment_declined", "cancelled: by_customer", "cancelled: overdue"}
exploration_of = cache(explore_case)
"""Good ends only: a bad one fails here, with the shortest way to it. Once, for every test of this file."""


@pytest.fixture(params=CASES, ids=Case.words, scope="session")
def exploration(request) -> Exploration:
    return exploration_of(request.param)


@pytest.mark.parametrize("case", CASES, ids=Case.words)
def test_every_end_is_a_good_one(case: Case, capsys):
    seen = exploration_of(case).explored  # a bad end is a failure of this test, not of a fixture
    with capsys.disabled():
        print(  # noqa: T201  # how much was looked at is a part of the result
            f"\n{seen.states:>9,} states and {seen.moves:>10,} moves explored: {case.words()}"
        )
    stocked = {"completed", "cancelled: undeliverable"}
    assert set(seen.ends) == CANCELLED | (stocked if case.on_hand else {"cancelled: out_of_stock"})


@pytest.mark.parametrize("case", REFUSING, ids=Case.words)
def test_after_a_no_for_good_every_order_ends_or_is_held_by_its_letter(case: Case):
    ends = set(exploration_of(case).explored.ends)
    [kind] = (command.kind() for command in case.refusable)
    given_up = {"waits for its deadline"} if kind in ("AuthorizePayment", "BookParcel") else set()
    ended = CANCELLED | {"completed", "cancelled: undeliverable"}
    assert ends == ended | given_up | {f"held: {kind}"}


def test_the_answers_explored_are_those_that_the_calls_can_give():
    explored = {command: {type(answer) for answer in ANSWERS[command]} for command in ANSWERS}
    declared = {command: set(found) for command, found in answers_of().items()}
    assert explored == declared


def test_what_has_ended_never_moves_again(exploration):
    for service, decision in exploration.decisions():
        before, after = status_before_and_after(service, decision)
        if before in LIFECYCLES[service.name].final_states:
            assert after == before, decision


def test_a_customer_gets_one_message(exploration):
    for service, decision in exploration.decisions():
        if any(isinstance(command, SendMail) for command in decision.asked):
            assert status_before_and_after(service, decision) == ("unknown", "sending")


def test_no_unit_appears_or_vanishes(exploration):
    inventory = exploration.services[1]
    for work in inventory.decider.works:
        shelf = work.stock["MUG"]
        assert shelf.on_hand + shelf.reserved + shelf.shipped == exploration.case.on_hand
        assert min(shelf.on_hand, shelf.reserved, shelf.shipped) >= 0


def test_every_declared_effect_is_reached_by_some_path():
    declared, reached = set(), set()
    explorations = [exploration_of(case) for case in (*IN_ORDER, *REFUSING)]
    for service in explorations[0].services:
        for registration in service.decider.handlers.registrations:
            if registration.fact_type in OPERATED:
                continue
            for effect in (*registration.emits, *registration.asks):
                declared.add((service.name, registration.fact_type, effect))
    for exploration in explorations:
        for service, decision in exploration.decisions():
            effects = [type(event.event) for event in decision.emitted] + [
                type(c) for c in decision.asked
            ]
            reached.update((service.name, type(decision.fact), effect) for effect in effects)
    assert declared - reached == set()


def test_every_allowed_transition_is_taken_by_some_path():
    allowed = {
        (name, old, new)
        for name, lifecycle in LIFECYCLES.items()
        for old, following in lifecycle.transitions.items()
        for new in following
        if OrderStatus.HELD not in (old, new)
    }
    taken = set()
    for exploration in map(exploration_of, (*IN_ORDER, *REFUSING)):
        for service, decision in exploration.decisions():
            taken.add((service.name, *status_before_and_after(service, decision)))
            taken.update(
                ("order", event.event.previous, event.event.status)
                for event in decision.emitted
                if isinstance(event.event, OrderStatusChanged)
            )
    assert allowed - taken == set()
