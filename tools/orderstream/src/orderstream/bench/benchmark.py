"""A whole benchmark run, on a private copy of the system with providers that answer at once."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orderstream.bench.baselines import events_per_second_of_postgres, records_per_second_of_kafka
from orderstream.bench.costs import read_costs
from orderstream.bench.load import Shoppers
from orderstream.bench.steps import Step, run_step
from orderstream.platform import Settings, Steps, System, connect, free_ports, load, up, wipe

PRODUCTS = 500
UNITS = 1_000_000
WARM_UP_S = 8.0
WARM_UP_RATE = 60.0
HOPS_PER_ORDER = 20
"""Events handled for a completed order, over all services: what its batch transactions take in."""
RECORDS_PER_ORDER = 12
"""Records published for a completed order."""
BASELINE_TOPIC = "dashboard-updates"


@dataclass(frozen=True, slots=True)
class Result:
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
) -> Result:
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
    return Result(done, tps, records, idle, started_at)


def write_json(result: Result, folder: Path) -> Path:
    """Keep the figures; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(result.as_json(), indent=2))
    return path


def bench_settings(folder: Path) -> Settings:
    """A private copy of the system in `folder`, with products enough and providers at once."""
    seed_file = folder / "products.json"
    seed_file.parent.mkdir(parents=True, exist_ok=True)
    products = [
        {"sku": f"BENCH-{n:03}", "name": f"Product {n}", "unit_price": 100 + n, "on_hand": UNITS}
        for n in range(PRODUCTS)
    ]
    seed_file.write_text(json.dumps({"currency": "GBP", "products": products}))
    return load(
        state_dir=folder / "state",
        seed_file=seed_file,
        psp_latency_ms_max=0,
        psp_webhooks=False,  # the answers come by call: webhooks would say them again
        carrier_latency_ms_max=0,
        log_level="warning",
        rate_limit_scale=0,
        **free_ports(),
    )


async def open_shoppers(system: System, stack: AsyncExitStack) -> Shoppers:
    """Customers of a running system, who leave with the stack."""
    skus = [f"BENCH-{n:03}" for n in range(PRODUCTS)]
    shoppers = Shoppers(system.url("gateway") or "", system.url("issuer") or "", skus, seed=1)
    await shoppers.arrive()
    stack.push_async_callback(shoppers.leave)
    return shoppers
