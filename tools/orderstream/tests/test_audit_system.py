"""The audit of the whole system, on real servers: clean as it runs, and known to fail when corrupted."""

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from audit import CannotAuditError, Report, audit
from client import LedgerEntry
from orderstream.auditing import target_of
from orderstream.cli import app
from stack import DATABASES, System, connect, free_ports, load, up, wipe
from testkit.waiting import TIMEOUT_S
from typer.testing import CliRunner, Result

Client = Callable[[str, int], Awaitable[LedgerEntry]]
pytestmark = pytest.mark.system
CATALOGUE = {
    "currency": "GBP",
    "products": [{"sku": "MUG", "name": "Mug", "unit_price": 999, "on_hand": 50}],
}
NEVER_ANSWERED = """
    INSERT INTO commands (key, order_id, kind, body, correlation_id, due_at, created_at)
    SELECT 'a key', order_id, 'VoidPayment', '{}', '', 'infinity', now() - interval '1 hour'
    FROM payments LIMIT 1
"""
RECIPIENT = {
    "name": "Alice Martin",
    "email": "alice@example.com",
    "street": "1 High Street",
    "city": "London",
    "postcode": "N1 9GU",
    "country": "GB",
}


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A whole system of its own, in which three orders have ended in different ways."""
    folder = tmp_path_factory.mktemp("audited")
    seed = folder / "catalogue.json"
    seed.write_text(json.dumps(CATALOGUE))
    quick = {"psp_latency_ms_max": 0, "carrier_latency_ms_max": 0}
    chosen = {"seed_file": seed, "start_seconds": TIMEOUT_S, **quick}
    settings = load(state_dir=folder / "state", **chosen, **free_ports())
    try:
        yield await up(settings)
    finally:
        await wipe(settings.state_dir)


@pytest.fixture(scope="module")
async def client(system: System) -> AsyncIterator[Client]:
    """Places an order paid by a token for so many mugs."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
        answer = await http.post(f"{system.url('issuer')}/token", json={"sub": "alice"})
        bearer = f"Bearer {answer.json()['access_token']}"

        async def place(token: str, quantity: int) -> LedgerEntry:
            key = uuid.uuid4().hex
            lines = [{"sku": "MUG", "quantity": quantity}]
            response = await http.post(
                f"{system.url('gateway')}/v1/orders",
                headers={"Authorization": bearer, "Idempotency-Key": key},
                json={"lines": lines, "payment": {"token": token}, "recipient": RECIPIENT},
            )
            assert response.status_code == 202, response.text
            return LedgerEntry(key, "ok", response.json()["id"])

        yield place


@pytest.fixture(scope="module")
async def ledger(client: Client) -> list[LedgerEntry]:
    """What the client knows who has placed three orders: bought, declined, out of stock."""
    wanted = (("tok_visa", 2), ("tok_declined", 1), ("tok_visa", 60))
    return [await client(token, quantity) for token, quantity in wanted]


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(system.settings.state_dir))
    monkeypatch.setenv("COLUMNS", "250")
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture(scope="module")
async def quiet(system: System, ledger: list[LedgerEntry]) -> Report:
    return await audit(target_of(system), ledger=ledger, wait_s=TIMEOUT_S)


@asynccontextmanager
async def corrupted(system: System, service: str, table: str, wrong: str) -> AsyncIterator[None]:
    """A table of a service with something wrong in it, for a while."""
    connection = await connect(system.settings, DATABASES[service])
    await connection.execute(f"CREATE TEMPORARY TABLE kept AS TABLE {table}")
    try:
        assert not (await connection.execute(wrong)).endswith(" 0")
        yield
    finally:
        await connection.execute(f"TRUNCATE {table}")
        await connection.execute(f"INSERT INTO {table} TABLE kept")
        await connection.close()


def counts(report: Report) -> dict[str, int]:
    return {what: n for result in report.results for what, n in result.counts.items()}


def broken(report: Report) -> set[str]:
    return {violation.rule for violation in report.violations}


async def test_what_the_system_does_by_itself_is_clean(quiet: Report) -> None:
    assert quiet.violations == []
    assert quiet.summary == "clean: 11 rules hold, 0 in flight"
    checked = counts(quiet)
    assert (checked["completed"], checked["cancelled"], checked["ok"]) == (1, 2, 3)
    assert (checked["units"], checked["live"], checked["distinct"]) == (50, 1, 3)
    assert checked["minor units of GBP taken"] == 2 * 999
    assert checked["to be handled"] == checked["in inboxes"]


@pytest.mark.parametrize(
    ("service", "table", "wrong", "rules"),
    [
        ("gateway", "idempotency_keys", "DELETE FROM idempotency_keys", "acceptance"),
        ("gateway", "accepted_orders", "DELETE FROM accepted_orders", "acceptance clients"),
        ("order", "orders", "UPDATE orders SET final_at = NULL", "endings"),
        ("order", "orders", "UPDATE orders SET version = version + 1", "sequences"),
        (
            "order",
            "order_history",
            "UPDATE order_history SET status = 'shipped' WHERE sequence = 2",
            "history",
        ),
        ("payment", "payments", "UPDATE payments SET status = 'authorized'", "money"),
        ("payment", "inbox", "DELETE FROM inbox", "deliveries"),
        ("inventory", "products", "UPDATE products SET on_hand = on_hand - 1", "stock"),
        ("shipping", "shipments", "UPDATE shipments SET tracking_code = 'X'", "parcels"),
        ("notifier", "notifications", "UPDATE notifications SET message_id = 'X'", "messages"),
        ("payment", "commands", NEVER_ANSWERED, "stuck"),
    ],
)
async def test_a_corrupted_row_is_seen(
    *, system: System, quiet: Report, ledger: list[LedgerEntry], service, table, wrong, rules
) -> None:
    assert quiet.clean
    async with corrupted(system, service, table, wrong):
        report = await audit(target_of(system), ledger=ledger)
    assert broken(report) == set(rules.split())


@pytest.mark.parametrize(
    ("who", "wrong", "right", "rule"),
    [
        (
            "psp",
            "intents SET captures = captures * 2",
            "intents SET captures = captures / 2",
            "money",
        ),
        (
            "carrier",
            "shipments SET status = 'cancelled'",
            "shipments SET status = 'pre_transit'",
            "parcels",
        ),
    ],
)
async def test_a_corrupted_book_of_the_outside_world_is_seen(
    *, system: System, quiet: Report, who, wrong, right, rule
) -> None:
    assert quiet.clean
    with closing(sqlite3.connect(system.folders.data / who / f"{who}.sqlite3")) as books:
        books.execute(f"UPDATE {wrong}")
        books.commit()
        report = await audit(target_of(system))
        books.execute(f"UPDATE {right}")
        books.commit()
    assert broken(report) == {rule}


async def test_a_record_that_is_there_twice_is_a_repeat_and_breaks_no_rule(
    system: System, quiet: Report
) -> None:
    await copy_a_record(system, lambda headers: headers)
    report = await audit(target_of(system), wait_s=TIMEOUT_S)
    assert report.clean
    assert counts(report)["repeats"] == counts(quiet)["repeats"] + 1


async def test_an_order_on_its_way_leaves_the_verdict_open_until_it_has_ended(
    system: System, client: Client, quiet: Report
) -> None:
    assert quiet.clean
    async with httpx.AsyncClient(base_url=system.url("psp"), trust_env=False) as psp:
        slow = {"latency_ms_min": 5000, "latency_ms_max": 5000}
        (await psp.put("/admin/behaviour", json=slow)).raise_for_status()
        placed = await client("tok_visa", 1)
        open_yet = await audit(target_of(system), wait_s=0.5)
        (await psp.put("/admin/behaviour", json={})).raise_for_status()
    assert list(open_yet.in_flight) == [placed.order_id]
    assert (open_yet.violations, open_yet.clean) == ([], False)
    assert (await audit(target_of(system), wait_s=TIMEOUT_S)).clean


async def test_the_command_prints_the_verdict_and_exits_with_it(
    system: System, quiet: Report, run: Callable[..., Result]
) -> None:
    assert quiet.clean
    clean = await asyncio.to_thread(run, "audit")
    assert (clean.exit_code, clean.stdout.count(" holds ")) == (0, 10)
    async with corrupted(
        system, "inventory", "products", "UPDATE products SET initial = initial + 1"
    ):
        wrong = await asyncio.to_thread(run, "audit", "--json")
    assert wrong.exit_code == 1
    (stock,) = (rule for rule in json.loads(wrong.stdout)["rules"] if rule["violations"])
    assert stock["violations"][0]["subject"] == "MUG"


async def test_books_that_cannot_be_read_are_no_verdict(system: System) -> None:
    nobody = replace(system, settings=system.settings.model_copy(update={"postgres_port": 1}))
    with pytest.raises(CannotAuditError, match="the database of gateway does not answer"):
        await audit(target_of(nobody))
    nobody = replace(system, settings=system.settings.model_copy(update={"kafka_port": 1}))
    with pytest.raises(CannotAuditError, match="Kafka does not answer"):
        await audit(target_of(nobody))


async def test_books_that_hold_what_nobody_could_have_written_are_no_verdict_either(
    system: System, quiet: Report, run: Callable[..., Result]
) -> None:
    assert quiet.clean
    async with corrupted(system, "order", "orders", "UPDATE orders SET total = '5'"):
        result = await asyncio.to_thread(run, "audit")
    assert result.exit_code == 2
    assert "the books cannot be read: TypeError" in result.stderr


def test_without_a_system_there_is_no_verdict(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERSTREAM_STATE_DIR", str(tmp_path))
    result = run("audit")
    assert result.exit_code == 2
    assert "Start it with: make up" in result.stderr


async def test_a_record_that_is_no_event_is_a_dead_letter_and_seen(system: System) -> None:
    await copy_a_record(system, lambda headers: [h for h in headers if h[0] != "ce_sequence"])
    report = await audit(target_of(system), wait_s=TIMEOUT_S)
    findings = [str(violation) for violation in report.violations]
    assert broken(report) == {"endings"}  # all for whom it is have set it aside
    assert any("payment could not handle order-placed" in finding for finding in findings)
    assert counts(report)["no events"] == 1


async def copy_a_record(
    system: System, change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]
) -> None:
    """Say an OrderPlaced once more, with its headers changed."""
    bootstrap = system.settings.kafka_bootstrap
    options = {"auto_offset_reset": "earliest", "bootstrap_servers": bootstrap}
    consumer = AIOKafkaConsumer("order-placed", **options)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await consumer.start()
    await producer.start()
    try:
        record = await consumer.getone()
        headers = change(list(record.headers))
        await producer.send_and_wait(
            record.topic,
            key=record.key,
            value=record.value,
            headers=headers,
            partition=record.partition,
        )
    finally:
        await producer.stop()
        await consumer.stop()
