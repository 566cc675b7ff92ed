"""A real worker between a real Kafka and PostgreSQL: what fault plans do to it, and only if they may."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from events import OrderLine, PaymentAuthorized
from fault_injection import as_baggage
from servicekit import migrations
from testkit.ports import free_port
from testkit.processes import Process
from testkit.publishing import publish
from testkit.samples import SEALED, TOTAL, enveloped, new_order
from testkit.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]
DIED = 137
STATUS = "SELECT status FROM reservations WHERE order_id = $1"
LETTER = "SELECT error FROM dead_letters WHERE key = $1"
STOCK = """
    INSERT INTO products (sku, name, unit_price, currency, initial, on_hand)
    VALUES ($1, 'Mug', 295, 'GBP', 9, 9)
"""
REDRIVE = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, reason, operator)
    SELECT id, 'redrive', 'as planned', 'a test' FROM dead_letters WHERE key = $1
"""
Ask = Callable[[str, str], Awaitable[Any]]
Start = Callable[..., Process]


@pytest.fixture
def kafka(spare_kafka: str) -> str:
    """A broker of one's own: on the shared one others publish what inventory consumes, plans included."""
    return spare_kafka


@pytest.fixture(scope="module")
def database(postgres: Callable[[], str]) -> str:
    url = postgres()
    migrations.upgrade("inventory", url)
    return url


@pytest.fixture
def ask(database: str) -> Ask:
    """One value from inventory's database."""

    async def fetch(query: str, order_id: str) -> Any:
        connection = await asyncpg.connect(database)
        try:
            return await connection.fetchval(query, order_id)
        finally:
            await connection.close()

    return fetch


@pytest.fixture
def start(kafka: str, database: str, tmp_path: Path) -> Iterator[Start]:
    """Starts inventory's worker; whatever runs at the end is stopped."""
    with ExitStack() as stack:

        def begin(**environment: str) -> Process:
            variables = {
                "KAFKA_BOOTSTRAP": kafka,
                "DATABASE_URL": database,
                "HTTP_PORT": str(free_port()),
                **environment,
            }
            log = tmp_path / f"{variables['HTTP_PORT']}.log"
            process = Process("inventory", "worker", log=log, **variables)
            # pytest shows it if the test fails.
            stack.callback(lambda: print(process.log[-3000:]))  # noqa: T201
            stack.callback(process.stop)
            return process

        yield begin


async def pay(kafka: str, ask: Ask, plan: str | None) -> str:
    """Say that an order for a product of its own is paid, with a plan; gives the order's id."""
    order_id = new_order()
    sku = order_id[-12:]
    await ask(STOCK, sku)
    event = PaymentAuthorized(
        order_id=order_id,
        payment_id="pi_1",
        amount=TOTAL,
        lines=(OrderLine(sku=sku, name="Mug", quantity=2, unit_price=295),),
        recipient=SEALED,
    )
    await publish(kafka, enveloped(event, baggage=as_baggage(plan) if plan else None))
    return order_id


async def test_each_order_fails_as_its_plan_says(kafka: str, ask: Ask, start: Start) -> None:
    first = start(FAULT_PLANS="true")
    missing, poisoned, fine = [
        await pay(kafka, ask, plan) for plan in ("out_of_stock", "poison_at_inventory", "decline")
    ]
    error = await until("it is set aside", lambda: ask(LETTER, poisoned))
    assert error == "PlannedFaultError: the fault plan poison_at_inventory"
    assert await until("its goods are decided on", lambda: ask(STATUS, missing)) == "rejected"
    assert await until("its goods are decided on", lambda: ask(STATUS, fine)) == "reserved"
    assert await ask(STATUS, poisoned) is None
    await ask(REDRIVE, poisoned)
    assert await until("its goods are decided on", lambda: ask(STATUS, poisoned)) == "reserved"

    deadly = await pay(kafka, ask, "crash_inventory_after_commit")
    assert await asyncio.to_thread(first.wait) == DIED
    assert await ask(STATUS, deadly) == "reserved"
    second = start(FAULT_PLANS="true")
    after = await pay(kafka, ask, None)
    assert await until("its goods are decided on", lambda: ask(STATUS, after)) == "reserved"
    assert second.runs, "it died of the repeat"


async def test_without_the_setting_no_plan_has_any_effect(
    kafka: str, ask: Ask, start: Start
) -> None:
    plans = ("out_of_stock", "poison_at_inventory", "crash_inventory_after_commit")
    order_ids = [await pay(kafka, ask, plan) for plan in plans]
    worker = start()
    for order_id in order_ids:
        assert (
            await until("goods are set aside", lambda order_id=order_id: ask(STATUS, order_id))
            == "reserved"
        )
    assert worker.runs
