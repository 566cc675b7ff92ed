"""A real worker between a real Kafka and PostgreSQL: what fault plans do to it, and only if they may."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from events import Envelope, Money, OrderLine, PaymentAuthorized, SealedPersonalData, encode
from messaging.fault_plans import as_baggage
from messaging.outbox import OutboxRow
from messaging.publisher import Publisher
from servicekit import migrations
from stores.embedded import own_kafka
from testkit.ports import free_port

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
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of one's own: on the shared one others say what inventory hears, plans included."""
    with own_kafka(tmp_path_factory.mktemp("broker")) as settings:
        yield settings.kafka_bootstrap


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
def start(kafka: str, database: str) -> Iterator[Start]:
    """Starts inventory's worker; whatever runs at the end is stopped."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(**environment: str) -> subprocess.Popen[bytes]:
        told = {
            "PATH": os.environ["PATH"],
            "KAFKA_BOOTSTRAP": kafka,
            "DATABASE_URL": database,
            "HTTP_PORT": str(free_port()),
            **environment,
        }
        # What it says is pytest's to keep, and to show if the test fails.
        process = subprocess.Popen([sys.executable, "-m", "inventory", "worker"], env=told)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.terminate()
        process.wait(30)


async def pay(kafka: str, ask: Ask, plan: str | None) -> str:
    """Say that an order for a product of its own is paid, with a plan; gives the order's id."""
    order_id = f"ord_{uuid4().hex}"
    sku = order_id[-12:]
    await ask(STOCK, sku)
    event = PaymentAuthorized(
        order_id=order_id,
        payment_id="pi_1",
        amount=Money(amount=590, currency="GBP"),
        lines=(OrderLine(sku=sku, name="Mug", quantity=2, unit_price=295),),
        recipient=SealedPersonalData(key_id="k1", sealed="c2VhbGVk"),
    )
    envelope = Envelope(
        event=event,
        id=uuid4(),
        source="payment",
        time=datetime.now(UTC),
        correlation_id=order_id,
        sequence=1,
        baggage=as_baggage(plan) if plan else None,
    )
    publisher = Publisher(kafka, "test")
    try:
        assert await publisher.publish([OutboxRow(0, encode(envelope))])
    finally:
        await publisher.stop()
    return order_id


async def until(look: Callable[[], Awaitable[Any]]) -> Any:
    """Look again and again until there is something to see, and give that."""
    async with asyncio.timeout(60):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


async def test_each_order_fails_as_its_plan_says(kafka: str, ask: Ask, start: Start) -> None:
    first = start(FAULT_PLANS="true")
    missing, poisoned, fine = [
        await pay(kafka, ask, plan) for plan in ("out_of_stock", "poison_at_inventory", "decline")
    ]
    error = await until(lambda: ask(LETTER, poisoned))
    assert error == "PlannedFaultError: the fault plan poison_at_inventory"
    assert await until(lambda: ask(STATUS, missing)) == "rejected"
    assert await until(lambda: ask(STATUS, fine)) == "reserved"
    assert await ask(STATUS, poisoned) is None
    await ask(REDRIVE, poisoned)
    assert await until(lambda: ask(STATUS, poisoned)) == "reserved"

    deadly = await pay(kafka, ask, "crash_inventory_after_commit")
    assert await asyncio.to_thread(first.wait, 60) == DIED
    assert await ask(STATUS, deadly) == "reserved"
    second = start(FAULT_PLANS="true")
    after = await pay(kafka, ask, None)
    assert await until(lambda: ask(STATUS, after)) == "reserved"
    assert second.poll() is None, "it died of the repeat"


async def test_without_the_setting_no_plan_has_any_effect(
    kafka: str, ask: Ask, start: Start
) -> None:
    plans = ("out_of_stock", "poison_at_inventory", "crash_inventory_after_commit")
    order_ids = [await pay(kafka, ask, plan) for plan in plans]
    worker = start()
    for order_id in order_ids:
        assert await until(lambda order_id=order_id: ask(STATUS, order_id)) == "reserved"
    assert worker.poll() is None
