"""Break a whole system at random for a long time while orders come, then audit it: `make soak`."""

import argparse
import asyncio
import random
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
from audit import Report, audit
from e2e.faults import ready
from e2e.mixture import TRY_S
from e2e.shelves import write_seed_file
from e2e.shop import Shop, open_shop
from e2e.systems import make_folder
from orderstream.auditing import target_of
from orderstream.formatting import console
from orderstream.interrupting import run_interruptibly
from soak.customers import Customers
from soak.faults import Faults
from soak.measuring import lag, memory, open_orders, statuses
from soak.result import Result, percentiles, write
from stack import System, down, free_ports, load, up, wipe

REPORT_EVERY_S = 30
SETTLE_S = 300
QUIET = {"psp_latency_ms_max": 300, "carrier_latency_ms_max": 100, "log_level": "warning"}


def show(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is what it is for


@asynccontextmanager
async def own_system() -> AsyncIterator[System]:
    """A system of its own, two instances of every worker; if all went well, nothing is left of it."""
    folder = make_folder()
    seed_file = write_seed_file(folder / "seed.json")
    settings = load(
        state_dir=folder / "state",
        seed_file=seed_file,
        instances=2,
        rate_limit_scale=0,
        **QUIET,
        **free_ports(),
    )
    try:
        yield await up(settings)
    except BaseException:
        await down(settings.state_dir)
        show(f"Its data and logs stay in {settings.state_dir}.")
        raise
    await wipe(settings.state_dir)
    shutil.rmtree(folder)


async def report_progress(customers: Customers, faults: Faults, began: float) -> None:
    """Say where it stands every half minute."""
    while True:
        await asyncio.sleep(REPORT_EVERY_S)
        used = sum((await memory(customers.shop)).values())
        show(
            f"{time.monotonic() - began:5.0f} s: {customers.sent} placed,"
            f" {len(customers.accepted)} accepted, {len(customers.unanswered)} without an answer yet,"
            f" {await open_orders(customers.shop)} open, {faults.struck.total()} faults, {used} MiB"
        )


async def go_on(shop: Shop, customers: Customers, faults: Faults, seconds: float) -> None:
    """Order and break things for so long; then let everything come back."""
    asking = asyncio.create_task(customers.ask_again())
    trouble = [
        asyncio.create_task(faults.strike()),
        asyncio.create_task(report_progress(customers, faults, time.monotonic())),
    ]
    ordering = asyncio.create_task(customers.order(seconds))
    try:
        done, _ = await asyncio.wait({ordering, asking, *trouble}, return_when="FIRST_COMPLETED")
        for task in done:
            task.result()  # only the ordering may end; whatever else has, has failed
        for task in trouble:
            task.cancel()
        await asyncio.gather(*trouble, return_exceptions=True)
        await ready(shop.system, *(one.name for one in shop.system.processes))
        with suppress(TimeoutError):  # the ledger says what is unknown still
            await asyncio.wait_for(customers.all_know(), SETTLE_S)
    finally:
        for task in (ordering, asking, *trouble):
            task.cancel()
        await asyncio.gather(ordering, asking, *trouble, return_exceptions=True)


async def soak(minutes: float, seed: int, rate: float) -> tuple[Result, Report]:
    """One run, from an empty system to the audit."""
    async with own_system() as system, open_shop(system) as shop:
        timeout = aiohttp.ClientTimeout(total=TRY_S)
        async with aiohttp.ClientSession(system.url("gateway"), timeout=timeout) as gateway:
            before = await memory(shop)
            show(f"The system is up in {system.settings.state_dir}: {minutes:g} min, seed {seed}.")
            customers = Customers(shop, gateway, rate)
            faults = Faults(shop, random.Random(seed))  # repeatable, not secret
            await go_on(shop, customers, faults, minutes * 60)
        show("Every request has its answer; waiting for the end of every order, and auditing.")
        began = time.monotonic()
        report = await audit(target_of(system), ledger=customers.ledger, wait_s=SETTLE_S)
        after = await memory(shop)
        return Result(
            minutes=minutes,
            seed=seed,
            rate=rate,
            placed=customers.sent,
            accepted=len(customers.accepted),
            refused=len(customers.refused),
            statuses=await statuses(shop),
            reconciled=customers.reconciled,
            unknown=len(customers.unanswered),
            answer_ms=percentiles(customers.answer_ms),
            faults=faults.struck,
            memory={name: (before[name], after.get(name, 0)) for name in before},
            lag=await lag(shop),
            audit_s=time.monotonic() - began,
            audit=report.summary,
        ), report


def main() -> int:
    """Give 0 if all books agree, else 1."""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1, help="chooses the faults")
    parser.add_argument("--rate", type=float, default=36, help="orders a second")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/soak.md")
    options = parser.parse_args()
    try:
        result, report = run_interruptibly(
            soak(options.minutes, options.seed, options.rate), console()
        )
    except KeyboardInterrupt:
        return 130
    show(result.as_markdown())
    for violation in report.violations:
        show(str(violation))
    for order_id, why in report.in_flight.items():
        show(f"{order_id}: {why}")
    if options.write:
        write(result)
    return 0 if report.clean and not result.unknown else 1


if __name__ == "__main__":
    sys.exit(main())
