"""What a fault plan does to a worker: it strikes its own order, once, and no other."""

from dataclasses import replace

import desk
import pytest
from events import encode
from fault_injection import FaultInjector, as_baggage, crash_points
from messaging import Processor
from messaging.inbound.breaker import TRIP_AFTER
from messaging.model.delivery import Redrive
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
        desk.handlers, desk.DeskWork, database, committed.append, FaultInjector("order")
    )


@pytest.fixture
def mortal(monkeypatch):
    def die():
        raise Died

    monkeypatch.setattr(crash_points, "die", die)


def carrying(event, baggage):
    return desk.delivery_of(encode(samples.enveloped(event, baggage=baggage)))


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


@pytest.mark.postgres
async def test_what_is_redriven_is_not_poisoned_any_more(database, processor):
    delivery = carrying(samples.placed(order_id := samples.new_order()), POISONED)
    await processor.process([delivery])
    letter = await database.fetchval("SELECT id FROM dead_letters WHERE key = $1", order_id)
    action = await database.fetchval(
        "INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)"
        " VALUES ($1, 'redrive', 'a test', 'me') RETURNING id",
        letter,
    )
    await processor.process([replace(delivery, redrive=Redrive(action, letter))])
    assert await database.fetchval("SELECT outcome FROM dead_letters") == "redriven"
