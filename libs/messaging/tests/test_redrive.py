"""A dead letter on an operator's word: handled once more, or given up, and each once."""

import asyncio
from dataclasses import replace

import desk
import pytest
from events import DEAD_LETTERS, DeadLetterOutcome, DeadLetterSettled, decode, encode
from messaging import Buffer, Delivery, MessageContext, Processor
from messaging.dead_letters.redrive import Redriver
from messaging.outbound.outbox import load_headers
from testkit import samples
from testkit.waiting import until

pytestmark = pytest.mark.postgres
ASK = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    VALUES ($1, $2, 'it was a bug', 'ada')
"""

OPEN_COMMAND = """
    INSERT INTO commands (key, order_id, kind, body, correlation_id, due_at)
    VALUES ('key', $1, 'Stamp', '{}', 'request-7', now())
"""


@pytest.fixture
def processor(database):
    return Processor(desk.handlers, desk.DeskWork, database, lambda _: None)


@pytest.fixture
async def redriven(database, processor, monkeypatch):
    """Ask for an action on a letter, and wait until each action that was asked for is done."""
    monkeypatch.setattr("messaging.dead_letters.redrive.LOOK_EVERY_S", 0.01)
    buffer = Buffer()
    tasks = [
        asyncio.create_task(Redriver(database, desk.handlers, buffer).run()),
        asyncio.create_task(processor.run(buffer)),
    ]

    async def are_done():
        query = "SELECT count(*) = 0 FROM dead_letter_actions WHERE done_at IS NULL"
        return await database.fetchval(query)

    async def ask(*actions: str) -> list[str]:
        letter = await database.fetchval("SELECT max(id) FROM dead_letters")
        for action in actions:
            await database.execute(ASK, letter, action)
        await until("all are redriven", are_done)
        rows = await database.fetch("SELECT outcome FROM dead_letter_actions ORDER BY id")
        return [row["outcome"] for row in rows]

    yield ask
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def buried(processor, monkeypatch):
    """Deliveries that a bug, repaired since, has made dead letters."""

    def broken(*_):
        raise RuntimeError("a bug")

    async def bury(*batch: Delivery) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(desk.DeskWork, "of", broken)
            await processor.process(batch)

    return bury


async def letter(database):
    return await database.fetchrow("SELECT * FROM dead_letters ORDER BY id DESC LIMIT 1")


async def notices(database) -> list[DeadLetterSettled]:
    rows = await database.fetch(
        "SELECT * FROM outbox WHERE topic = $1 ORDER BY position", DEAD_LETTERS.name
    )
    emitted = [decode(load_headers(row["headers"]), row["value"]).event for row in rows]
    return [event for event in emitted if isinstance(event, DeadLetterSettled)]


async def test_a_redriven_event_has_its_effects_and_the_order_is_informed(
    database, buried, redriven
):
    order = samples.new_order()
    await buried(*desk.deliveries(samples.cancellation(order)))
    assert await redriven("redrive") == ["redriven"]
    [paper] = await database.fetch("SELECT * FROM papers")
    assert (paper["order_id"], paper["cancellations"]) == (order, 1)
    settled = await letter(database)
    assert (settled["outcome"], settled["settled_at"] is None) == ("redriven", False)
    [notice] = await notices(database)
    assert (notice.order_id, notice.service, notice.letter) == (order, "order", settled["id"])
    assert notice.outcome is DeadLetterOutcome.REDRIVEN


async def test_what_follows_from_it_names_the_first_event_as_its_cause(database, buried, redriven):
    [delivery] = desk.deliveries(samples.cancellation(samples.new_order()))
    await buried(delivery)
    await redriven("redrive")
    rows = await database.fetch("SELECT * FROM outbox WHERE topic = 'order-overdue'")
    [emitted] = [decode(load_headers(row["headers"]), row["value"]) for row in rows]
    assert emitted.causation_id == delivery.event_id


async def test_asked_for_twice_it_happens_once(database, buried, redriven):
    await buried(*desk.deliveries(samples.cancellation(samples.new_order())))
    outcomes = await redriven("redrive", "redrive", "redrive")
    assert sorted(outcomes) == ["redriven", "settled before", "settled before"]
    assert await database.fetchval("SELECT cancellations FROM papers") == 1
    assert len(await notices(database)) == 1


async def test_a_repeat_from_the_broker_after_the_redrive_has_no_effect(
    database, processor, buried, redriven
):
    [delivery] = desk.deliveries(samples.cancellation(samples.new_order()))
    await buried(delivery)
    await processor.process([delivery])
    await redriven("redrive")
    await processor.process([delivery])
    assert await database.fetchval("SELECT cancellations FROM papers") == 1


async def test_what_fails_again_stays_open_and_says_why_it_failed_now(
    database, processor, redriven
):
    await processor.process(desk.deliveries(desk.poison(samples.new_order())))
    await database.execute("UPDATE dead_letters SET error = 'something else'")
    assert await redriven("redrive") == ["failed: RuntimeError: cannot handle poison"]
    still = await letter(database)
    assert (still["settled_at"], still["error"]) == (None, "RuntimeError: cannot handle poison")
    assert await desk.counts(database, "dead_letters") == [1]
    assert await notices(database) == []


async def test_a_discarded_letter_is_settled_without_any_effect(database, buried, redriven):
    order = samples.new_order()
    await buried(*desk.deliveries(samples.cancellation(order)))
    assert await redriven("discard") == ["discarded"]
    assert await desk.count(database, "papers") == 0
    assert (await letter(database))["outcome"] == "discarded"
    [notice] = await notices(database)
    assert (notice.order_id, notice.outcome) == (order, DeadLetterOutcome.DISCARDED)


async def test_what_was_discarded_is_not_redriven(database, buried, redriven):
    await buried(*desk.deliveries(samples.cancellation(samples.new_order())))
    await redriven("discard")
    assert await redriven("redrive") == ["discarded", "settled before"]
    assert await desk.count(database, "papers") == 0
    assert len(await notices(database)) == 1


async def test_an_answer_is_redriven_with_the_cause_it_had(database, buried, redriven):
    order = samples.new_order()
    cause = MessageContext("request-7", baggage="fault-plan=none")
    await database.execute(
        "INSERT INTO papers (order_id, status, version) VALUES ($1, 'waiting', 1)", order
    )
    await database.execute(OPEN_COMMAND, order)
    await buried(Delivery(fact=desk.Stamped(order_id=order), cause=cause, command_key="key"))
    assert (await letter(database))["origin"] == "local:Stamped"
    assert await redriven("redrive") == ["redriven"]
    assert await database.fetchval("SELECT status FROM papers") == "stamped"
    [row] = await database.fetch("SELECT * FROM outbox WHERE topic = 'order-overdue'")
    envelope = decode(load_headers(row["headers"]), row["value"])
    assert (envelope.correlation_id, envelope.baggage) == ("request-7", "fault-plan=none")


async def test_what_cannot_be_read_fails_again_and_stays(database, processor, redriven):
    record = replace(
        encode(samples.enveloped(samples.cancellation(samples.new_order()))), value=b"no json"
    )
    await processor.process([desk.delivery_of(record)])
    [outcome] = await redriven("redrive")
    assert outcome.startswith("failed: ")
    assert (await letter(database))["settled_at"] is None
