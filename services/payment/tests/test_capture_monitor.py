"""Which captures are reported to the handlers: those that failed too often, until one is handled."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from messaging import Buffer, MessageContext
from messaging.commands.store import postpone, write_commands
from messaging.model.unit_of_work import RequestedCommand
from payment.capture_monitor import watch_captures
from payment.commands import CapturePayment, VoidPayment
from payment.handlers import CaptureOverdue
from servicekit import migrations, open_pool
from testkit.waiting import TIMEOUT_S

pytestmark = pytest.mark.postgres
ORDER, OTHER = f"ord_{1:032x}", f"ord_{2:032x}"
CAUSE = MessageContext("corr", traceparent="00-trace", baggage="who=ada")
PAYMENT = "INSERT INTO payments (order_id, status) VALUES ($1, $2)"


@pytest.fixture
def url(postgres) -> str:
    url = postgres()
    migrations.upgrade("payment", url)
    return url


@pytest.fixture
async def pool(url) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(url) as pool:
        yield pool


@pytest.fixture
async def timers(pool, monkeypatch) -> AsyncIterator[Buffer]:
    """What the chore tells, when three tries are too many."""
    monkeypatch.setattr("payment.capture_monitor.LOOK_EVERY_S", 0.01)
    buffer = Buffer()
    task = asyncio.create_task(watch_captures(3)(pool, buffer))
    yield buffer
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ask(pool, command, *, tries: int) -> None:
    async with pool.acquire() as connection:
        await write_commands(connection, [RequestedCommand(command, CAUSE)])
    for _ in range(tries):
        await postpone(pool, command.key, 0, "402")


async def test_a_capture_that_failed_so_often_fires_with_the_cause_of_its_command(pool, timers):
    await pool.execute(PAYMENT, OTHER, "capturing")
    await ask(pool, CapturePayment(order_id=OTHER, payment_id="pi_2"), tries=2)
    await pool.execute(PAYMENT, ORDER, "capturing")
    await ask(pool, CapturePayment(order_id=ORDER, payment_id="pi_1"), tries=3)
    fired = await asyncio.wait_for(timers.take(), TIMEOUT_S)
    assert {delivery.fact for delivery in fired} == {CaptureOverdue(order_id=ORDER, tries=3)}
    assert fired[0].cause == CAUSE


async def test_nothing_fires_for_what_is_reported_already_or_is_no_capture(pool, timers):
    await pool.execute(PAYMENT, OTHER, "review")
    await ask(pool, CapturePayment(order_id=OTHER, payment_id="pi_2"), tries=9)
    await ask(pool, VoidPayment(order_id=OTHER, payment_id="pi_2"), tries=9)
    await pool.execute(PAYMENT, ORDER, "capturing")
    await ask(pool, CapturePayment(order_id=ORDER, payment_id="pi_1"), tries=4)
    fired = await asyncio.wait_for(timers.take(), TIMEOUT_S)  # so it has looked
    assert {delivery.fact.order_id for delivery in fired} == {ORDER}
