"""What a fault plan wants of a worker: it strikes its own order, once, and nobody else."""

from dataclasses import replace

import desk
import pytest
from events import OrderStatus, OrderStatusChanged, encode
from messaging import crash_points
from messaging.breaker import TRIP_AFTER
from messaging.delivery import Cause, Delivery, Redrive
from messaging.fault_plans import CATALOGUE, as_baggage, plan_in
from messaging.planned_faults import PlannedFaultError, PlannedFaults
from messaging.processor import Processor
from testkit import samples

POISONED = as_baggage("poison_at_order")
CRASHED = as_baggage("crash_order_after_commit")


class Died(BaseException):
    """Instead of the process, a test dies."""


@pytest.fixture
def committed():
    return []


@pytest.fixture
def processor(database, committed):
    return Processor(
        desk.handlers, desk.DeskWork, database, committed.append, PlannedFaults("order")
    )


@pytest.fixture
def mortal(monkeypatch):
    def die():
        raise Died

    monkeypatch.setattr(crash_points, "die", die)


def carrying(event, baggage):
    return desk.heard(encode(samples.said(event, baggage=baggage)))


async def letters(database):
    return [row["key"] for row in await database.fetch("SELECT key FROM dead_letters ORDER BY id")]


@pytest.mark.postgres
async def test_a_poisoned_event_is_set_aside_and_the_others_of_its_batch_are_not(
    database, processor
):
    poisoned, fine, other = samples.new_order(), samples.new_order(), samples.new_order()
    await processor.process(
        [
            carrying(samples.placed(poisoned), POISONED),
            carrying(samples.placed(fine), None),
            carrying(samples.placed(other), as_baggage("poison_at_payment")),
            carrying(samples.cancellation(poisoned), POISONED),
        ]
    )
    assert await letters(database) == [poisoned]
    rows = await database.fetch("SELECT order_id, status, cancellations FROM papers")
    found = {row["order_id"]: (row["status"], row["cancellations"]) for row in rows}
    assert found == {poisoned: ("new", 1), fine: ("waiting", 0), other: ("waiting", 0)}


@pytest.mark.postgres
async def test_any_number_of_poisoned_orders_does_not_pause_the_worker(database, processor):
    order_ids = [samples.new_order() for _ in range(TRIP_AFTER + 2)]
    batch = [carrying(samples.placed(order_id), POISONED) for order_id in order_ids]
    assert await processor.process(batch) == []
    assert sorted(await letters(database)) == sorted(order_ids)
    assert not processor.breaker.is_open


@pytest.mark.postgres
async def test_a_worker_dies_behind_its_commit_and_not_again_of_the_repeat(
    database, processor, committed, mortal
):
    order_id = samples.new_order()
    delivery = carrying(samples.placed(order_id), CRASHED)
    with pytest.raises(Died):
        await processor.process([delivery])
    assert await desk.counts(database, "inbox", "commands") == [1, 1]
    assert committed == []  # what was committed waits for the successor to find it
    await processor.process([delivery])
    assert await desk.counts(database, "inbox", "commands") == [1, 1]


@pytest.mark.postgres
async def test_without_the_setting_nothing_strikes(database, mortal):
    processor = Processor(desk.handlers, desk.DeskWork, database, lambda _: None)
    batch = [carrying(samples.placed(samples.new_order()), one) for one in (POISONED, CRASHED)]
    await processor.process(batch)
    assert await desk.counts(database, "dead_letters", "inbox") == [0, 2]


def test_what_is_redriven_is_not_poisoned_any_more():
    delivery = carrying(samples.placed(samples.new_order()), POISONED)
    faults = PlannedFaults("order")
    with pytest.raises(PlannedFaultError):
        faults.before_handling(delivery)
    faults.before_handling(replace(delivery, redrive=Redrive(1, 1)))


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
    cause = Cause("request", baggage=as_baggage("crash_notifier_after_commit"))
    try:
        PlannedFaults("notifier").after_commit([Delivery(fact=news, cause=cause)])
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
