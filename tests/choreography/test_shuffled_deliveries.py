"""Several orders at once, and everything about their deliveries shuffled: each order ends once, and well.

`test_choreography.py` explores all that can happen to one order. Here Hypothesis plays with several
that want the same goods: the real handlers, processors and redrivers between a broker and databases
in plain Python. Events come late, twice, in batches that are given again after a crash, and out of
order across topics; handlers fail, their events are set aside, orders are held and let go on.
"""

from dataclasses import replace

import pytest
from choreography.exploring import BadEndingError
from choreography.shuffling import Shuffled
from events import ShipmentCancelled
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from inventory.handlers import handlers as inventory


@pytest.fixture(autouse=True)
def _without_a_breaker(monkeypatch):
    """Here handlers may fail as often as they like."""
    monkeypatch.setattr("messaging.inbound.breaker.TRIP_AFTER", 1_000_000)


def test_however_deliveries_are_shuffled_every_order_ends_once_and_well():
    run_state_machine_as_test(Shuffled, settings=settings(stateful_step_count=40, deadline=None))


async def admit_everything(_, tickets):
    return set(tickets)


async def settle_nothing(_, redrives):
    return {redrive.action for redrive in redrives}


def test_what_the_inboxes_have_forgotten_does_no_harm_when_it_is_consumed_again(monkeypatch):
    """So it is when they were purged and a group is set back: the states know what was so already."""
    monkeypatch.setattr("messaging.inbound.inbox.admit", admit_everything)
    few = settings().max_examples // 3
    run_state_machine_as_test(
        Shuffled, settings=settings(max_examples=few, stateful_step_count=40, deadline=None)
    )


def forget_what_was_answered(monkeypatch):
    monkeypatch.setattr("messaging.inbound.deduplication.settle", admit_everything)


def forget_what_was_redriven(monkeypatch):
    monkeypatch.setattr("messaging.inbound.deduplication.settle_redriven", settle_nothing)


def forget_what_was_settled(monkeypatch):
    monkeypatch.setattr("order.holds.settle", lambda *_: None)


def never_put_goods_back(monkeypatch):
    registered = inventory._registrations
    broken = replace(registered[ShipmentCancelled], handler=lambda *_: None)
    monkeypatch.setitem(registered, ShipmentCancelled, broken)


@pytest.mark.parametrize(
    ("sabotage", "found"),
    [
        (forget_what_was_answered, "there is no end of it"),
        (forget_what_was_redriven, "cannot be redriven"),
        (forget_what_was_settled, "is held up"),
        (never_put_goods_back, "the order is cancelling|is cancelling, and the cause is unknown"),
    ],
)
def test_what_breaks_a_rule_is_found(monkeypatch, sabotage, found):
    sabotage(monkeypatch)
    hunt = settings(
        max_examples=100,
        stateful_step_count=40,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    with pytest.raises((AssertionError, BadEndingError), match=found):
        run_state_machine_as_test(Shuffled, settings=hunt)
