"""The benchmark of orders: a private copy of the system, warmed up, offered orders, audited in the end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from audit import Target, audit, wait_until_quiet
from stack import Settings, Steps, System, connect, free_ports, load_native, up, wipe

from orderstream.auditing import target_of
from orderstream.bench.costs import read_memory
from orderstream.bench.filling import fill
from orderstream.bench.floor import Simplest, measure_floor
from orderstream.bench.load import Mix, Placed, Scene, Shoppers, write_products
from orderstream.bench.peers import measure_dbos
from orderstream.bench.results import BenchResult, Plan, Series
from orderstream.bench.trial import Trial, run_undisturbed
from orderstream.bench.warming import WarmUp, warm_up

WARM_UP_RATE = 60.0
QUIET_WITHIN_S = 60.0
Tell = Callable[[Trial], None]


async def run_benchmark(plan: Plan, folder: Path, tell: Tell, steps: Steps) -> BenchResult:
    """Start a system of its own in `folder`, measure what the plan says, audit it, stop it."""
    started_at = datetime.now(UTC)
    settings = bench_settings(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(wipe, settings.state_dir)
        system = await up(settings, steps=steps)
        idle = read_memory(system)
        if plan.orders_before:
            await fill_before(system, stack, started_at, plan.orders_before, steps)
        scene = await open_scene(system, plan.mix, stack)
        warmed = await _warm_up(scene, plan, steps)
        series = await _measure(scene, plan, tell, steps)
        with steps.step("audit of all books"):
            verdict = await audit(target_since(system, started_at), wait_s=QUIET_WITHIN_S)
    return BenchResult(plan, started_at, warmed, series, idle, verdict)


async def fill_before(
    system: System, stack: AsyncExitStack, before: datetime, count: int, steps: Steps
) -> None:
    """Let one customer buy something, and fill the databases with copies of that order."""
    shoppers, placed = await open_shoppers(system, stack), Placed()
    async with asyncio.timeout(QUIET_WITHIN_S):
        while not placed.order_ids:  # the gateway learns the prices in its own time
            placed = await shoppers.place(1, 1)
    await wait_until_quiet(target_since(system, before), QUIET_WITHIN_S)
    await fill(system, placed.order_ids[0], before, count, steps)


async def open_scene(system: System, mix: Mix, stack: AsyncExitStack) -> Scene:
    """Get customers to the door of a running system, who leave with the stack."""
    shoppers = await open_shoppers(system, stack, mix)
    orders = await connect(system.settings, "orders")
    stack.push_async_callback(orders.close)
    return Scene(system, orders, shoppers)


async def _warm_up(scene: Scene, plan: Plan, steps: Steps) -> WarmUp:
    rate = min(WARM_UP_RATE, plan.rates[0])
    return await warm_up(scene, rate, plan.warm_up_s, steps)


async def _measure(scene: Scene, plan: Plan, tell: Tell, steps: Steps) -> list[Series]:
    """Measure all rates in turn, that many times; those beyond the first that fails are left out."""
    rates, done = list(plan.rates), list[Series]()
    for _ in range(plan.repeats):
        floor, peers = await _simpler(scene.system, plan, steps)
        trials: list[Trial] = []
        for rate in rates:
            trials.append(await run_undisturbed(scene, rate, plan.seconds, steps))
            tell(trials[-1])
            if not trials[-1].keeps_up:
                break
        rates = rates[: len(trials)]
        done.append(Series(trials, floor, peers))
    return done


async def _simpler(
    system: System, plan: Plan, steps: Steps
) -> tuple[Simplest, dict[str, Simplest]]:
    """Measure the floor and, if asked to, the peers: each time again, for the machine changes."""
    with steps.step("the floor: four commits an order"):
        floor = await measure_floor(system)
    if not plan.with_peers:
        return floor, {}
    with steps.step("DBOS: the same steps as a workflow"):
        return floor, {"dbos": await measure_dbos(system)}


def target_since(system: System, since: datetime) -> Target:
    """Describe a system for an audit of the orders placed since a moment; not of those filled in."""
    return replace(target_of(system), since=since)


def bench_settings(folder: Path) -> Settings:
    """Return a private copy of the system in `folder`, with products enough and providers at once."""
    return load_native(
        state_dir=folder / "state",
        seed_file=write_products(folder),
        psp_latency_ms_max=0,
        psp_webhooks=False,  # the answers come by call: webhooks would say them again
        carrier_latency_ms_max=0,
        log_level="warning",
        rate_limit_scale=0,
        **free_ports(),
    )


async def open_shoppers(system: System, stack: AsyncExitStack, mix: Mix | None = None) -> Shoppers:
    """Customers of a running system, who leave with the stack."""
    shoppers = Shoppers(system.url("gateway"), system.url("issuer"), seed=1, mix=mix)
    await shoppers.arrive()
    stack.push_async_callback(shoppers.leave)
    return shoppers


def best_of(trials: Sequence[Trial]) -> Trial:
    """Give the trial of the highest rate that was kept up with; the first one if none was."""
    kept_up = [one for one in trials if one.keeps_up]
    return max(kept_up, key=lambda one: one.rate) if kept_up else trials[0]
