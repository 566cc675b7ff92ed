"""Fault plans: each can be carried, says what it does, and strikes at the first event of its order."""

import pytest
from events import OrderStatus, OrderStatusChanged
from fault_injection import (
    CATALOGUE,
    FaultInjector,
    PlannedFaultError,
    as_baggage,
    crash_points,
    plan_in,
)
from testkit import samples


class Died(BaseException):
    """Instead of the process, a test dies."""


@pytest.fixture
def mortal(monkeypatch):
    def die():
        raise Died

    monkeypatch.setattr(crash_points, "die", die)


def test_an_event_fails_where_its_plan_wants_it_and_nowhere_else():
    order, poisoned = samples.placed(samples.new_order()), as_baggage("poison_at_order")
    with pytest.raises(PlannedFaultError):
        FaultInjector("order").before_handling(order, poisoned)
    FaultInjector("order").before_handling(order, None)
    FaultInjector("payment").before_handling(order, poisoned)


@pytest.mark.parametrize(
    ("previous", "strikes"), [("reserved", True), ("shipped", False), ("held", False)]
)
def test_the_notifier_is_struck_by_the_first_news_only(mortal, previous, strikes):
    order = samples.placed(samples.new_order())
    news = OrderStatusChanged(
        **order.model_dump(),
        status=OrderStatus.COMPLETED,
        previous=OrderStatus(previous),
        changed_at=order.placed_at,
    )
    try:
        FaultInjector("notifier").after_commit([(news, as_baggage("crash_notifier_after_commit"))])
        died = False
    except Died:
        died = True
    assert died == strikes


@pytest.mark.parametrize("plan", CATALOGUE)
def test_every_plan_can_be_carried(plan):
    assert plan_in(as_baggage(plan)) == plan


def test_every_plan_says_in_one_line_what_it_does_and_how_it_ends():
    for name, plan in CATALOGUE.items():
        assert name == plan.name
        assert plan.does.endswith(".")
        assert "\n" not in plan.does
        assert plan.ends.is_final
