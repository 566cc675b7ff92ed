"""What is in the outbox reaches the broker, at least once, whatever comes between."""

import asyncio

import desk
import pytest
import tasks
from events import encode
from messaging import OutboxRow, Publisher, Relay, set_aside_unpublishable, write_outbox
from messaging.outbound.relay import LEAD, LEADER_LOCK
from testkit import samples
from testkit.listening import records_on
from testkit.waiting import until

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
TOPIC = "cancellation-requested"
LEADERS = """
    FROM pg_locks JOIN pg_database d ON d.oid = database
    WHERE locktype = 'advisory' AND objid = $1 AND granted AND datname = current_database()
"""


class Outbox:
    """An outbox, and relays of it that are stopped when the test ends."""

    def __init__(self, database, kafka) -> None:
        self.database, self.kafka = database, kafka
        self.publishers = []

    def relay(self, publisher_type=Publisher) -> Relay:
        self.publishers.append(publisher_type(self.kafka, "test"))
        return Relay(self.database, self.publishers[-1], set_aside_unpublishable("order"))

    async def write(self, order: str, number: int = 1) -> list[OutboxRow]:
        """Rows about one order, as a transaction leaves them to be fed."""
        events = [samples.cancellation(order)] * number
        records = [encode(samples.enveloped(event)) for event in events]
        async with self.database.acquire() as connection, connection.transaction():
            return await write_outbox(connection, records)

    async def until_left(self, *rows: OutboxRow) -> None:
        """Wait until the table holds these and no others."""

        async def is_so() -> bool:
            found = await self.database.fetch("SELECT position FROM outbox ORDER BY position")
            return [row["position"] for row in found] == [row.position for row in rows]

        await until("the outbox holds these rows", is_so)

    async def until_stale(self) -> None:
        """Wait until a row has lain there for several sweeps."""
        waited = "SELECT min(created_at) < now() - interval '0.4 s' FROM outbox"
        await until("a row is stale", lambda: self.database.fetchval(waited))

    async def until_led(self) -> None:
        await until("a relay leads", self.leaders)

    async def until_nobody_leads(self) -> None:
        async def is_so() -> bool:
            return await self.leaders() == 0

        await until("no relay leads", is_so)

    async def leaders(self) -> int:
        return await self.database.fetchval(f"SELECT count(*) {LEADERS}", LEADER_LOCK)

    async def published(self, *orders: str) -> list[bytes]:
        """The ids of what is on the topic, repeats included."""
        found = await records_on(self.kafka, TOPIC, orders)
        return [dict(record.headers)["ce_id"] for record in found]


def ids_of(rows) -> list[bytes]:
    return [dict(row.record.headers)["ce_id"] for row in rows]


@pytest.fixture
async def outbox(database, kafka, monkeypatch):
    """In haste: what takes seconds in a real system takes less here."""
    monkeypatch.setattr("messaging.outbound.relay.STALE_AFTER_S", 0.1)
    monkeypatch.setattr("messaging.outbound.relay.SWEEP_EVERY_S", 0.05)
    monkeypatch.setattr("messaging.outbound.publisher.REQUEST_TIMEOUT_MS", 1_000)
    made = Outbox(database, kafka)
    yield made
    for publisher in made.publishers:
        await publisher.stop()


async def test_a_row_that_is_rolled_back_is_never_published(database):
    record = encode(samples.enveloped(samples.cancellation(samples.new_order())))
    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        [row] = await write_outbox(connection, [record])
        assert row.record == record
        await transaction.rollback()
    assert await desk.count(database, "outbox") == 0


async def test_what_is_fed_is_published_as_it_is_and_then_deleted(outbox, kafka):
    order, relay = samples.new_order(), outbox.relay()
    async with tasks.running(relay):
        relay.feed(rows := await outbox.write(order, 3))
        await outbox.until_left()
    found = await records_on(kafka, TOPIC, [order])
    assert [(r.key, r.value, list(r.headers)) for r in found] == [
        (row.record.key, row.record.value, row.record.headers) for row in rows
    ]


async def test_the_sweep_finds_rows_that_nobody_fed(outbox):
    order = samples.new_order()
    rows = await outbox.write(order, 1_200)  # more than one sweep reads at once
    async with tasks.running(outbox.relay()):
        await outbox.until_left()
    assert await outbox.published(order) == ids_of(rows)


async def test_the_sweep_leaves_alone_what_is_already_on_its_way(outbox):
    going = asyncio.Event()

    class Slow(Publisher):
        async def hand_over(self, rows):
            await going.wait()
            return await super().hand_over(rows)

    order, relay = samples.new_order(), outbox.relay(Slow)
    async with tasks.running(relay):
        relay.feed(rows := await outbox.write(order))
        await outbox.until_stale()
        going.set()
        await outbox.until_left()
    assert await outbox.published(order) == ids_of(rows)


async def test_the_sweep_leaves_alone_what_is_young(outbox, monkeypatch):
    monkeypatch.setattr("messaging.outbound.relay.STALE_AFTER_S", 3_600)
    [young] = await outbox.write(samples.new_order())
    relay = outbox.relay()
    async with tasks.running(relay):
        await outbox.until_led()
        relay.feed(await outbox.write(samples.new_order()))
        await outbox.until_left(young)


async def test_a_broker_that_is_not_there_yet_costs_nothing_but_time(outbox, door):
    await door.shut()
    order, relay = samples.new_order(), outbox.relay()
    async with tasks.running(relay) as [task]:
        relay.feed(rows := await outbox.write(order, 20))
        await outbox.until_stale()
        assert not task.done()
        await door.open()
        await outbox.until_left()
    assert await outbox.published(order) == ids_of(rows)


async def test_a_broker_that_goes_away_and_comes_back_costs_nothing_but_time(outbox, door):
    orders = [samples.new_order() for _ in range(4)]
    relay, rows = outbox.relay(), []
    async with tasks.running(relay) as [task]:
        for order, act in zip(orders, [None, door.shut, None, door.open], strict=True):
            if act is not None:
                await act()
            relay.feed(new := await outbox.write(order, 100))
            rows += new
            if act == door.shut:
                await outbox.until_stale()
        await outbox.until_left()
        assert not task.done()
    assert set(await outbox.published(*orders)) == set(ids_of(rows))


async def test_nothing_is_left_running_for_a_broker_that_went_away(outbox, door):
    before, relay = tasks.producers(), outbox.relay()

    async def is_all_over() -> bool:
        return tasks.producers() <= before

    async with tasks.running(relay):
        for _ in range(2):
            relay.feed(await outbox.write(samples.new_order(), 10))
            await outbox.until_left()
            await door.shut()
            relay.feed(await outbox.write(samples.new_order(), 10))
            await outbox.until_stale()
            await door.open()
            await outbox.until_left()
    await outbox.publishers[0].stop()
    await until("no task is left", is_all_over)


async def test_two_relays_on_one_outbox_lose_nothing(outbox):
    orders, rows = [samples.new_order() for _ in range(6)], []
    relays = [outbox.relay(), outbox.relay()]
    async with tasks.running(*relays):
        for place, order in enumerate(orders):
            rows += (new := await outbox.write(order, 50))
            if place % 3 < 2:  # every third is left for the sweep
                relays[place % 2].feed(new)
        await outbox.until_left()
    assert set(await outbox.published(*orders)) == set(ids_of(rows))


async def test_one_of_two_relays_sweeps_and_the_other_takes_over(outbox):
    order = samples.new_order()
    async with tasks.running(outbox.relay()):
        await outbox.until_led()
        async with tasks.running(outbox.relay()) as [other]:
            await outbox.write(samples.new_order())
            await outbox.until_left()
            assert await outbox.leaders() == 1
            assert not other.done()
    await outbox.until_nobody_leads()
    rows = await outbox.write(order)
    async with tasks.running(outbox.relay()):
        await outbox.until_left()
    assert await outbox.published(order) == ids_of(rows)


async def test_a_question_for_the_lead_that_is_cut_short_takes_it_from_nobody(outbox, monkeypatch):
    """The lock is taken as soon as it is asked for, and a connection that goes back would keep it."""
    monkeypatch.setattr("messaging.outbound.relay.LEAD", f"{LEAD}, pg_sleep(60)")
    async with tasks.running(outbox.relay()):
        await outbox.until_led()
    await outbox.until_nobody_leads()


async def test_the_sweep_goes_on_after_its_session_was_ended(outbox, database):
    order = samples.new_order()
    async with tasks.running(outbox.relay()) as [task]:
        await outbox.until_led()
        end = f"SELECT pg_terminate_backend(pid, 5000) {LEADERS}"
        assert await database.fetchval(end, LEADER_LOCK)
        rows = await outbox.write(order, 10)
        await outbox.until_left()
        assert not task.done()
    assert set(await outbox.published(order)) == set(ids_of(rows))


class Frozen(Publisher):
    """What its process would be after SIGSTOP."""

    async def hand_over(self, _):
        await asyncio.Event().wait()


async def test_a_leader_that_is_frozen_loses_the_lead(outbox, monkeypatch):
    monkeypatch.setattr("messaging.outbound.relay.LEAD_LASTS_MS", 300)
    order = samples.new_order()
    async with tasks.running(outbox.relay(Frozen)):
        await outbox.until_led()
        rows = await outbox.write(order)
        async with tasks.running(outbox.relay()):
            await outbox.until_left()
    assert await outbox.published(order) == ids_of(rows)


async def test_a_relay_on_its_way_out_publishes_what_memory_holds(outbox):
    order, relay = samples.new_order(), outbox.relay()
    relay.feed(rows := await outbox.write(order, 700))
    await relay.drain()
    await outbox.until_left()
    assert await outbox.published(order) == ids_of(rows)
