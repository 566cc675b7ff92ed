"""A replay reads what it is asked for, works in a database of its own, and cannot say anything."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from messaging import Delivery, Handlers, MessageContext
from messaging.inbound.breaker import TRIP_AFTER
from order import log_reader, replay
from order.handlers import DeadlinePassed
from order.log_reader import Selection
from order.settings import ReplaySettings
from servicekit.migrations import upgrade
from testkit.waiting import until

pytestmark = pytest.mark.process

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOBODY = "ord_" + "0" * 32


def order_at(moment: datetime) -> bytes:
    return f"ord_{int(moment.timestamp() * 1000):012x}{'7' * 20}".encode()


def test_without_bounds_every_order_is_read_and_nothing_that_is_none():
    everything = Selection()
    assert everything.covers(order_at(NOON))
    assert not everything.covers(b"85123A")
    assert not everything.covers(None)


def test_orders_are_selected_by_when_they_were_placed():
    hour = Selection(since=NOON, until=NOON + 60 * MINUTE)
    moments = (NOON - MINUTE, NOON, NOON + 59 * MINUTE, NOON + 60 * MINUTE)
    assert [hour.covers(order_at(moment)) for moment in moments] == [False, True, True, False]


def test_one_order_is_selected_by_its_id():
    only = Selection(order_id=order_at(NOON).decode())
    assert only.covers(order_at(NOON))
    assert not only.covers(order_at(NOON + MINUTE))


def test_a_replay_loads_nothing_that_publishes_or_calls():
    """The import contract, seen in a process: neither our relay and runner nor anybody's client."""
    program = "import sys, order.replay; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(output.stdout.split())
    assert "messaging.inbound.processor" in loaded
    speakers = {
        "messaging.outbound.publisher",
        "messaging.outbound.relay",
        "messaging.commands.executor",
        "faust",
        "httpx",
    }
    assert speakers.isdisjoint(loaded)


LOOKED = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_stat_activity%'
"""


def test_no_source_of_a_replay_names_a_producer():
    for module in (log_reader, replay):
        assert "Producer" not in Path(module.__file__).read_text()


@pytest.mark.postgres
@pytest.mark.kafka
def test_a_database_that_holds_something_is_refused(postgres, kafka):
    url = migrated(postgres)
    settings = ReplaySettings(kafka_bootstrap=kafka, database_url=url, order_id=NOBODY)
    replay.run(settings)
    asyncio.run(execute(url, "INSERT INTO orders (order_id) VALUES ($1)", NOBODY))
    with pytest.raises(replay.CannotReplayError, match="holds orders"):
        replay.run(settings)


@pytest.mark.postgres
@pytest.mark.kafka
def test_a_database_that_somebody_uses_is_refused(postgres, kafka):
    url = migrated(postgres)
    settings = ReplaySettings(kafka_bootstrap=kafka, database_url=url, order_id=NOBODY)

    async def try_beside_a_worker() -> None:
        worker = await asyncpg.connect(url)
        try:
            await asyncio.to_thread(replay.run, settings)
        finally:
            await worker.close()

    with pytest.raises(replay.CannotReplayError, match="somebody else uses"):
        asyncio.run(try_beside_a_worker())


@pytest.mark.postgres
@pytest.mark.kafka
def test_who_is_about_to_leave_a_database_is_waited_for(postgres, kafka, monkeypatch):
    monkeypatch.setattr(replay, "LEAVES_WITHIN_S", 60)
    url = migrated(postgres)
    settings = ReplaySettings(kafka_bootstrap=kafka, database_url=url, order_id=NOBODY)

    async def try_while_somebody_leaves() -> None:
        migration = await asyncpg.connect(url)
        replaying = asyncio.create_task(asyncio.to_thread(replay.run, settings))
        await until("it has been seen", lambda: seen_beside(migration))
        await migration.close()
        await replaying

    asyncio.run(try_while_somebody_leaves())


async def seen_beside(connection: asyncpg.Connection) -> bool:
    """Whether somebody else has looked at who uses the database."""
    return bool(await connection.fetchval(LOOKED))


@pytest.mark.postgres
@pytest.mark.kafka
@pytest.mark.parametrize("good", [0, 1])
def test_what_the_handlers_cannot_bear_is_set_aside_unless_it_is_everything(
    postgres, kafka, monkeypatch, good
):
    """This many bad ones in a row are a bug; with a good one behind them they are exceptions."""
    bad = [f"ord_{number:032x}" for number in range(2 * TRIP_AFTER)]
    picky = Handlers("order")

    @picky.on(DeadlinePassed)
    def refuse(timer, _) -> None:
        if timer.order_id in bad:
            raise KeyError(timer.order_id)

    async def deliveries(_):
        ids = [*bad, *["ord_" + "f" * 32][:good]]
        nobody = MessageContext(correlation_id="")
        yield [Delivery(fact=DeadlinePassed(order_id=one), cause=nobody) for one in ids]

    monkeypatch.setattr(replay, "handlers", picky)
    monkeypatch.setattr(replay, "_deliveries", deliveries)
    url = migrated(postgres)
    settings = ReplaySettings(kafka_bootstrap=kafka, database_url=url, order_id=NOBODY)
    if good:
        replay.run(settings)
        assert asyncio.run(count(url, "dead_letters")) == len(bad)
    else:
        with pytest.raises(replay.CannotReplayError, match="could not be handled"):
            replay.run(settings)


async def count(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    await connection.close()
    return found


def migrated(postgres) -> str:
    url = postgres()
    upgrade("order", url)
    return url


async def execute(url: str, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement, *values)
    await connection.close()
