"""One run: many streams on one gateway, most of them of orders that stand still, and a steady shop."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from orderstream.bench.benchmark import bench_settings, open_shoppers
from orderstream.bench.costs import read_costs
from orderstream.bench.load import Shoppers
from orderstream.bench.streams.viewers import Viewers
from orderstream.client import GatewayClient, open_gateway, order_body, recipient_of
from orderstream.client.tokens import Tokens
from orderstream.platform import Steps, up, wipe

STANDING = 20
"""So many orders are held by a fault plan, for the streams of which nothing is to be told."""
PLAN = "poison_at_payment"
WARM_UP_S, OPENED_AT_ONCE, PATIENCE_S = 8.0, 50, 90.0


@dataclass(frozen=True, slots=True)
class StreamsResult:
    """What was found; `delays_ms` are sorted."""

    streams: int
    rate: float
    bytes_each: float
    gateway_cpu: float
    delays_ms: Sequence[float]
    refused: int
    unfinished: int

    def delay_ms(self, percent: int) -> float:
        """A percentile of the delays."""
        return statistics.quantiles(self.delays_ms, n=100, method="inclusive")[percent - 1]


async def measure(
    streams: int, rate: float, seconds: float, folder: Path, steps: Steps
) -> StreamsResult:
    """Open the streams on a system of its own, let orders come, follow each of them, stop."""
    settings = bench_settings(folder)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(wipe, settings.state_dir)
        system = await up(settings, steps=steps)
        shoppers = await open_shoppers(system, stack)
        address, issuer = system.url("gateway"), system.url("issuer")
        gateway = await stack.enter_async_context(open_gateway(address, issuer))
        viewers = await stack.enter_async_context(_viewers(address, issuer))
        with steps.step(f"warm up: {rate:.0f} orders/s for {WARM_UP_S:.0f} s"):
            await _shop(shoppers, viewers, rate, WARM_UP_S)
        standing = [await _standing_order(gateway) for _ in range(STANDING)]
        before = (await read_costs(system))["gateway"]
        with steps.step(f"{streams} streams"):
            await _open(viewers, standing, streams)
        opened, with_streams = viewers.following, (await read_costs(system))["gateway"]
        viewers.delays_ms.clear()
        with steps.step(f"{rate:.0f} orders/s for {seconds:.0f} s, each of them followed"):
            await _shop(shoppers, viewers, rate, seconds)
        after, unfinished = (await read_costs(system))["gateway"], viewers.following - opened
    return StreamsResult(
        streams=streams,
        rate=rate,
        bytes_each=(with_streams.rss - before.rss) / streams,
        gateway_cpu=(after.cpu_s - with_streams.cpu_s) / seconds,
        delays_ms=sorted(viewers.delays_ms),
        refused=viewers.refused,
        unfinished=unfinished,
    )


@asynccontextmanager
async def _viewers(gateway_url: str, issuer_url: str) -> AsyncIterator[Viewers]:
    """Operators, who may follow every order."""
    async with httpx.AsyncClient(trust_env=False) as http:
        viewers = Viewers(gateway_url, await Tokens(http, issuer_url).headers(None))
    try:
        yield viewers
    finally:
        await viewers.leave()


async def _shop(shoppers: Shoppers, viewers: Viewers, rate: float, seconds: float) -> None:
    """Let orders come, follow each as soon as it is accepted, and wait for their end for a while."""
    standing = viewers.following
    await shoppers.place(rate, seconds, viewers.follow)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while viewers.following > standing:
                await asyncio.sleep(0.1)


async def _open(viewers: Viewers, orders: Sequence[str], streams: int) -> None:
    """Open streams, some at a time, and wait until each is open or refused."""
    for first in range(0, streams, OPENED_AT_ONCE):
        for number in range(first, min(first + OPENED_AT_ONCE, streams)):
            viewers.follow(orders[number % len(orders)])
        while viewers.being_opened:
            await asyncio.sleep(0.02)


async def _standing_order(gateway: GatewayClient) -> str:
    """An order that gets stuck right after it was accepted, until an operator acts."""
    key = uuid4().hex
    await gateway.fault_plans.attach(key, PLAN)
    body = order_body([("BENCH-001", 1)], recipient_of("anybody"))
    return (await gateway.place("cus_standing", body, key)).order_id
