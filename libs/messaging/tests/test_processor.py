"""A batch is one transaction: what is consumed, changed, published and asked for."""

import asyncio
import uuid

import desk
import pytest
from events import decode, encode
from messaging import Delivery, MessageContext, Processor
from messaging.outbound.outbox import load_headers
from testkit import samples

pytestmark = pytest.mark.postgres


@pytest.fixture
def committed():
    return []


@pytest.fixture
def processor(database, committed):
    return Processor(desk.handlers, desk.DeskWork, database, committed.append)


async def papers(database):
    return {row["order_id"]: dict(row) for row in await database.fetch("SELECT * FROM papers")}


async def test_a_batch_is_saved_emitted_and_asked_in_one_go(database, processor, committed):
    one, two = samples.new_order(), samples.new_order()
    await processor.process(
        desk.deliveries(samples.placed(one), samples.cancellation(two), samples.cancellation(one))
    )
    found = await papers(database)
    assert (found[one]["status"], found[one]["cancellations"]) == ("waiting", 1)
    assert (found[two]["status"], found[two]["cancellations"]) == ("new", 1)
    assert await desk.counts(database, "inbox", "outbox", "commands") == [3, 2, 1]
    [left] = committed
    assert [row.record.key.decode() for row in left.rows] == [two, one]
    assert [pending.command.key for pending in left.commands] == [f"{one}:Stamp"]


async def test_what_is_emitted_follows_from_what_was_consumed(database, processor):
    order = samples.new_order()
    trace = f"00-{uuid.uuid4().hex}-{'1' * 16}-01"
    first = samples.enveloped(
        samples.cancellation(order), correlation_id="request-7", traceparent=trace
    )
    again = samples.enveloped(samples.cancellation(order))
    await processor.process([desk.delivery_of(encode(first)), desk.delivery_of(encode(again))])
    rows = await database.fetch("SELECT * FROM outbox ORDER BY position")
    emitted = [decode(load_headers(row["headers"]), row["value"]) for row in rows]
    assert [envelope.sequence for envelope in emitted] == [1, 2]
    assert [envelope.source for envelope in emitted] == ["order", "order"]
    assert (emitted[0].correlation_id, emitted[0].causation_id) == ("request-7", first.id)
    assert emitted[0].traceparent == trace
    assert emitted[0].id != emitted[1].id


async def test_sequences_go_on_where_the_last_batch_ended(database, processor):
    order = samples.new_order()
    for _ in range(3):
        await processor.process(desk.deliveries(samples.cancellation(order)))
    rows = await database.fetch("SELECT headers FROM outbox ORDER BY position")
    assert [dict(load_headers(row["headers"]))["ce_sequence"] for row in rows] == [b"1", b"2", b"3"]


async def test_a_repeat_has_no_effect_within_a_batch_or_after_it(database, processor, committed):
    order = samples.new_order()
    record = encode(samples.enveloped(samples.cancellation(order)))
    acknowledged = []
    await processor.process([desk.delivery_of(record), desk.delivery_of(record)])
    await processor.process([desk.delivery_of(record, lambda: acknowledged.append(1))])
    assert (await papers(database))[order]["cancellations"] == 1
    assert await desk.count(database, "outbox") == 1
    assert acknowledged == [1]
    assert len(committed) == 1


async def test_two_events_that_say_the_same_are_two(database, processor):
    order = samples.new_order()
    await processor.process(
        desk.deliveries(samples.cancellation(order), samples.cancellation(order))
    )
    assert (await papers(database))[order]["cancellations"] == 2


async def test_deliveries_are_acknowledged_in_order_after_the_commit(database, processor):
    acknowledged, orders = [], [samples.new_order() for _ in range(6)]
    facts = [desk.poison(o) if n == 2 else samples.cancellation(o) for n, o in enumerate(orders)]

    def acknowledge(number):
        assert not database.get_size() - database.get_idle_size(), "a connection is still in use"
        acknowledged.append(number)

    batch = [
        desk.delivery_of(encode(samples.enveloped(fact)), lambda n=n: acknowledge(n))
        for n, fact in enumerate(facts)
    ]
    nothing_for_us = Delivery(
        fact=None, cause=MessageContext(""), acknowledge=lambda: acknowledged.append("none")
    )
    await processor.process([*batch[:4], nothing_for_us, *batch[4:]])
    assert acknowledged == [0, 1, 2, 3, "none", 4, 5]


async def test_nothing_is_acknowledged_whose_effects_are_not_committed(processor, committed):
    commits_seen = []
    event = encode(samples.enveloped(samples.cancellation(samples.new_order())))
    await processor.process([desk.delivery_of(event, lambda: commits_seen.append(len(committed)))])
    assert commits_seen == [1]


async def test_what_a_handler_may_not_do_leaves_nothing_behind_but_a_dead_letter(
    database, processor
):
    order = samples.new_order()
    await processor.process(desk.deliveries(desk.poison(order)))
    assert await papers(database) == {}
    assert await desk.counts(database, "inbox", "dead_letters", "commands") == [1, 1, 0]


async def test_two_processors_that_meet_at_a_new_order_lose_nothing(database, processor):
    other = Processor(desk.handlers, desk.DeskWork, database, lambda _: None)
    for _ in range(5):
        order = samples.new_order()
        batches = [desk.deliveries(samples.cancellation(order)) for _ in range(8)]
        await asyncio.gather(
            *(
                each.process(batch)
                for batch, each in zip(batches, [processor, other] * 4, strict=True)
            )
        )
        paper = (await papers(database))[order]
        assert (paper["cancellations"], paper["version"]) == (8, 8)


async def test_two_processors_given_the_same_event_at_once_handle_it_once(database, processor):
    other = Processor(desk.handlers, desk.DeskWork, database, lambda _: None)
    order = samples.new_order()
    record = encode(samples.enveloped(samples.cancellation(order)))
    await asyncio.gather(
        *(each.process([desk.delivery_of(record)]) for each in [processor, other] * 4)
    )
    assert (await papers(database))[order]["cancellations"] == 1
    assert await desk.count(database, "outbox") == 1


async def test_an_answer_counts_once_and_strikes_its_command_out(database, processor):
    order = samples.new_order()
    await processor.process(desk.deliveries(samples.placed(order)))
    answer = Delivery(
        fact=desk.Stamped(order_id=order),
        cause=MessageContext("request"),
        command_key=f"{order}:Stamp",
    )
    await processor.process([answer, answer])
    await processor.process([answer])
    assert (await papers(database))[order]["status"] == "stamped"
    assert await desk.counts(database, "commands", "outbox", "dead_letters") == [0, 1, 0]


async def test_a_lost_connection_is_waited_for_and_the_batch_tried_again(
    database, committed, monkeypatch
):
    """The server ends our session after the rows are locked, twice, each time in another place."""
    kills = iter(["load", "save"])

    class Interrupted(desk.DeskWork):
        @classmethod
        async def load(cls, connection, facts):
            work = await super().load(connection, facts)
            work.doomed = next(kills, None)
            if work.doomed == "load":
                await end_session(database, connection)
            return work

        async def save(self, connection):
            await super().save(connection)
            if self.doomed == "save":
                await end_session(database, connection)

    monkeypatch.setattr("messaging.inbound.processor.random.uniform", lambda *_: 0)
    processor = Processor(desk.handlers, Interrupted, database, committed.append)
    order, acknowledged = samples.new_order(), []
    batch = [
        desk.delivery_of(
            encode(samples.enveloped(samples.cancellation(order))), lambda: acknowledged.append(1)
        ),
        *desk.deliveries(samples.placed(order)),
    ]
    await processor.process(batch)
    assert next(kills, "none left") == "none left"
    paper = (await papers(database))[order]
    assert (paper["cancellations"], paper["status"], paper["version"]) == (1, "waiting", 1)
    assert await desk.counts(database, "inbox", "outbox", "commands") == [2, 1, 1]
    assert await desk.count(database, "dead_letters") == 0
    assert (len(committed), acknowledged) == (1, [1])


async def end_session(pool, connection) -> None:
    pid = await connection.fetchval("SELECT pg_backend_pid()")
    await pool.execute("SELECT pg_terminate_backend($1, 5000)", pid)
