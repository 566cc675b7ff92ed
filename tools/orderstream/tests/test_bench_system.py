"""A bench on a real system: filled with orders from before, offered orders, audited."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from audit import audit
from orderstream.auditing import target_of
from orderstream.bench.benchmark import bench_settings, fill_before, open_scene, target_since
from orderstream.bench.counting import read_scans
from orderstream.bench.floor import measure_floor
from orderstream.bench.load import Mix
from orderstream.bench.trial import run_trial
from stack import DATABASES, Steps, System, connect, up, wipe
from testkit.waiting import TIMEOUT_S

pytestmark = pytest.mark.system
FILLED = 3_000
"""Enough for PostgreSQL to take an index where there is one."""
OF_ANOTHER = """
    SELECT count(*) FROM {table} WHERE {time} < $1 AND to_jsonb({table})::text LIKE '%' || $2 || '%'
"""
ID_LONGER = 16
"""Characters that the id of an invented customer may be longer, and a time written shorter."""
INBOX = {"inbox": "handled_at"}
WITH_ORDERS = {
    "gateway": {"accepted_orders": "placed_at", "idempotency_keys": "created_at"},
    "order": {"orders": "final_at", "order_history": "changed_at"} | INBOX,
    "payment": {"payments": "created_at"} | INBOX,
    "inventory": {"reservations": "created_at"} | INBOX,
    "shipping": {"shipments": "created_at"} | INBOX,
    "notifier": {"notifications": "created_at"} | INBOX,
}
"""The tables of each service that know of an ended order, with the time of a row."""
# Whether there is something, how long it is as text, and of what an object consists.
SHAPE = """
    SELECT '{table}.' || name AS field, value IS NULL OR value = 'null' AS is_empty,
           min(length(value::text)) AS shortest, max(length(value::text)) AS longest, count(*)
    FROM {table}, jsonb_each(to_jsonb({table})) AS field (name, value)
    WHERE {table}.{time} {which} $1 GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Filled:
    """A running system with one real order, and copies of it from before."""

    system: System
    since: datetime
    order_id: str


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Filled]:
    settings = bench_settings(tmp_path_factory.mktemp("bench"))
    settings = settings.model_copy(update={"start_seconds": TIMEOUT_S})
    since = datetime.now(UTC) - timedelta(minutes=5)  # as after a start that took so long
    async with AsyncExitStack() as stack:
        stack.push_async_callback(wipe, settings.state_dir)
        system = await up(settings)
        await fill_before(system, stack, since, FILLED, Steps())
        orders = await connect(settings, "orders")
        try:
            sql = "SELECT order_id FROM orders WHERE placed_at >= $1"
            order_id = await orders.fetchval(sql, since)
        finally:
            await orders.close()  # an open session may report this scan in the midst of a trial
        yield Filled(system, since, order_id)


@pytest.mark.parametrize("service", sorted(DATABASES))
async def test_rows_from_before_are_like_real_ones(filled: Filled, service: str) -> None:
    connection = await connect(filled.system.settings, DATABASES[service])
    try:
        for table, time in WITH_ORDERS[service].items():
            sql = {
                which: SHAPE.format(table=table, time=time, which=which) for which in (">=", "<")
            }
            real = await connection.fetch(sql[">="], filled.since)
            copied = await connection.fetch(sql["<"], filled.since)
            assert shape_of(copied, FILLED) == shape_of(real)
            assert lengths_of(copied) == pytest.approx(lengths_of(real), abs=ID_LONGER)
            strange = OF_ANOTHER.format(table=table, time=time)
            assert await connection.fetchval(strange, filled.since, filled.order_id) == 0
    finally:
        await connection.close()


def lengths_of(rows: list[Any]) -> dict[str, int]:
    """How long each field is at most."""
    return {row["field"]: row["longest"] for row in rows}


def shape_of(rows: list[Any], copies: int = 1) -> dict[tuple[str, bool], int]:
    """How many values each field has, or has not, for one order."""
    assert rows
    for row in rows:
        assert row["longest"] - row["shortest"] <= 64, row
    return {(row["field"], row["is_empty"]): row["count"] / copies for row in rows}


async def test_an_audit_since_then_is_clean_and_one_of_all_misses_their_events(
    filled: Filled,
) -> None:
    assert (await audit(target_since(filled.system, filled.since), wait_s=TIMEOUT_S)).clean
    broken = {
        result.rule.name
        for result in (await audit(target_of(filled.system))).results
        if result.violations
    }
    assert {"acceptance", "sequences"} <= broken
    assert "stock" not in broken, "what they hold is part of the stock"


async def test_a_trial_says_what_became_of_its_orders_and_what_each_cost(filled: Filled) -> None:
    async with AsyncExitStack() as stack:
        scene = await open_scene(filled.system, Mix(declined=50, cancelled=25), stack)
        before = await read_scans(filled.system)
        trial = await run_trial(scene, rate=10, seconds=4)
        after = await read_scans(filled.system)
    endings = dict(trial.outcome.endings)
    assert trial.accepted == 40 == sum(endings.values()) == trial.outcome.mails
    assert endings["payment_declined"] == trial.declined > 0
    assert (trial.outcome.unfinished, trial.dead_letters, trial.refused) == (0, 0, {})
    assert trial.outcome.compensations["payment"] == endings.get("by_customer", 0)
    workers = {f"{service}-worker" for service in DATABASES if service != "gateway"}
    for name in {"kafka", "postgres", "gateway", "load", *workers}:
        assert trial.cpu_ms[name] > 0, name
        assert trial.switches[name] > 0, name
    assert trial.counted["order-worker"]["batches"] > 0
    assert trial.counted["postgres"]["transactions"] > 1
    assert 0 <= trial.foreign_share <= 1
    growing = [
        f"{DATABASES[service]}.{table}"
        for service, tables in WITH_ORDERS.items()
        for table in tables
    ]
    scanned = {table: after[table] - before[table] for table in growing}
    assert scanned == dict.fromkeys(growing, 0), "what an order costs grows with these tables"


async def test_the_floor_costs_less_than_any_order_of_ours(filled: Filled) -> None:
    floor = await measure_floor(filled.system)
    assert floor.per_second > 0
    assert floor.p50_ms <= floor.p99_ms
    assert floor.cpu_ms > 0
