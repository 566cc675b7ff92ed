"""The benchmark of orders: a private copy of the system, offered more a second until it does not keep up."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from stack import Settings, Steps, System, connect, free_ports, load, up, wipe

from orderstream.bench.costs import (
    events_per_second_of_postgres,
    read_costs,
    records_per_second_of_kafka,
    spent_ms_per_order,
)
from orderstream.bench.load import Shoppers, percentile, write_products

SETTLE_S = 90.0
LOOK_EVERY_S = 0.25

COUNT_OPEN = "SELECT count(*) FROM unnest($1::text[]) AS placed (id) WHERE NOT EXISTS (SELECT 1 FROM orders WHERE order_id = placed.id AND final_at IS NOT NULL)"
SUMMARY = """
    SELECT count(*) FILTER (WHERE status = 'completed') AS completed,
           count(*) FILTER (WHERE final_at IS NULL) AS unfinished,
           extract(epoch FROM max(final_at) - min(placed_at))::float8 AS span_s,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (
               ORDER BY extract(epoch FROM final_at - placed_at)::float8 * 1000) AS ms
    FROM orders WHERE order_id = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Completed orders, and accepted to completed in milliseconds."""

    completed: int
    unfinished: int
    span_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Completed orders a second, from the first one placed to the last one completed."""
        return self.completed / self.span_s if self.span_s else 0.0


async def settle(orders: asyncpg.Connection, order_ids: Sequence[str]) -> Outcome:
    """Wait until every order has ended, a minute and a half at most, and sum up."""
    deadline = time.monotonic() + SETTLE_S
    while await orders.fetchval(COUNT_OPEN, order_ids) and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_EVERY_S)
    row = await orders.fetchrow(SUMMARY, order_ids)
    if row is None or row["ms"] is None:
        return Outcome(0, len(order_ids), 0.0, 0.0, 0.0, 0.0)
    unfinished = len(order_ids) - row["completed"]
    return Outcome(row["completed"], unfinished, row["span_s"], *row["ms"])


KEEPS_UP = 0.93
"""A step counts as sustained when so much of the offered rate is completed as it is offered."""


@dataclass(frozen=True, slots=True)
class Step:
    """What was offered, and what came of it. Times in milliseconds."""

    rate: float
    seconds: float
    accepted: int
    refused: dict[str, int]
    outcome: Outcome
    post_p50_ms: float
    post_p95_ms: float
    post_p99_ms: float
    load_late_ms: float
    cpu_ms_per_order: dict[str, float]

    @property
    def sustained(self) -> bool:
        """Whether the system completed orders as fast as they came."""
        return (
            not self.refused
            and self.outcome.unfinished == 0
            and self.outcome.per_second >= KEEPS_UP * self.rate
        )

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        return asdict(self) | {
            "completed_per_second": self.outcome.per_second,
            "sustained": self.sustained,
        }


async def run_step(
    system: System, orders: asyncpg.Connection, shoppers: Shoppers, rate: float, seconds: float
) -> Step:
    """Offer the load, wait for the end of every order, and measure."""
    before = await read_costs(system)
    placed = await shoppers.place(rate, seconds)
    outcome = await settle(orders, placed.order_ids)
    after = await read_costs(system)
    return Step(
        rate=rate,
        seconds=seconds,
        accepted=len(placed.order_ids),
        refused=placed.refused,
        outcome=outcome,
        post_p50_ms=percentile(placed.answer_ms, 50),
        post_p95_ms=percentile(placed.answer_ms, 95),
        post_p99_ms=percentile(placed.answer_ms, 99),
        load_late_ms=placed.late_ms,
        cpu_ms_per_order=spent_ms_per_order(before, after, len(placed.order_ids)),
    )


WARM_UP_S = 8.0
WARM_UP_RATE = 60.0
HOPS_PER_ORDER = 20
"""Events handled for a completed order, over all services: what its batch transactions take in."""
RECORDS_PER_ORDER = 12
"""Records published for a completed order."""
BASELINE_TOPIC = "dashboard-updates"


@dataclass(frozen=True, slots=True)
class OrdersResult:
    """The steps of one run, with what the machine could do at best and what the idle system holds."""

    steps: Sequence[Step]
    postgres_events_per_second: float
    kafka_records_per_second: float
    idle_memory: dict[str, int]
    started_at: datetime

    @property
    def best(self) -> Step | None:
        """The highest rate that was sustained."""
        return max((s for s in self.steps if s.sustained), key=lambda s: s.rate, default=None)

    def as_json(self) -> dict[str, Any]:
        """For the file of results."""
        return {
            "started_at": self.started_at.isoformat(),
            "steps": [step.as_json() for step in self.steps],
            "postgres_events_per_second": self.postgres_events_per_second,
            "kafka_records_per_second": self.kafka_records_per_second,
            "idle_memory_bytes": self.idle_memory,
        }


async def run_benchmark(
    rates: Sequence[float],
    seconds: float,
    folder: Path,
    told: Callable[[Step], None],
    steps: Steps,
) -> OrdersResult:
    """Start a system of its own in `folder`, step the rate up until it does not keep up, stop it."""
    started_at = datetime.now(UTC)
    settings = bench_settings(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(wipe, settings.state_dir)
        system = await up(settings, steps=steps)
        idle = {name: cost.rss for name, cost in (await read_costs(system)).items()}
        shoppers = await open_shoppers(system, stack)
        orders = await connect(settings, "orders")
        stack.push_async_callback(orders.close)
        with steps.step(f"warm up: {WARM_UP_RATE:.0f} orders/s for {WARM_UP_S:.0f} s"):
            await run_step(system, orders, shoppers, WARM_UP_RATE, WARM_UP_S)
        done: list[Step] = []
        for rate in rates:
            with steps.step(f"{rate:.0f} orders/s for {seconds:.0f} s"):
                done.append(await run_step(system, orders, shoppers, rate, seconds))
            told(done[-1])
            if not done[-1].sustained:
                break
        with steps.step("pgbench with the SQL of one event"):
            tps = await events_per_second_of_postgres(settings)
        with steps.step("Kafka's producer test"):
            records = await records_per_second_of_kafka(settings, BASELINE_TOPIC)
    return OrdersResult(done, tps, records, idle, started_at)


def write_json(result: OrdersResult, folder: Path) -> Path:
    """Keep the figures; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(result.as_json(), indent=2))
    return path


def bench_settings(folder: Path) -> Settings:
    """A private copy of the system in `folder`, with products enough and providers at once."""
    return load(
        state_dir=folder / "state",
        seed_file=write_products(folder),
        psp_latency_ms_max=0,
        psp_webhooks=False,  # the answers come by call: webhooks would say them again
        carrier_latency_ms_max=0,
        log_level="warning",
        rate_limit_scale=0,
        **free_ports(),
    )


async def open_shoppers(system: System, stack: AsyncExitStack) -> Shoppers:
    """Customers of a running system, who leave with the stack."""
    shoppers = Shoppers(system.url("gateway"), system.url("issuer"), seed=1)
    await shoppers.arrive()
    stack.push_async_callback(shoppers.leave)
    return shoppers
