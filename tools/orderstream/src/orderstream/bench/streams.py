"""Live streams on one gateway: what one costs to keep open, and how soon a change is seen."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
from client import GatewayClient, open_gateway, order_body, recipient_of
from client.http import open_http
from client.tokens import Tokens
from stack import Steps, up, wipe

from orderstream.bench.benchmark import bench_settings, open_shoppers
from orderstream.bench.costs import read_costs, read_memory
from orderstream.bench.load import Shoppers, percentile

ENDED = 1000
UNTIL_ANSWERED = aiohttp.ClientTimeout(total=None, sock_read=60)


class Viewers:
    """Any number of streams at one gateway; `delays_ms` are those of changes that came live.

    A delay is measured from `changed_at`, which the order service sets before it commits, to the
    moment in which a client has read the line. What was in the history when a stream was opened
    says nothing about delivery, so it does not count.
    """

    def __init__(self, gateway_url: str, headers: Sequence[dict[str, str]]) -> None:
        self._headers = itertools.cycle(
            headers
        )  # each may have no more than a share of the streams
        self._http = aiohttp.ClientSession(
            gateway_url,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0),
        )
        self._following: set[asyncio.Task[None]] = set()
        self.delays_ms: list[float] = []
        self.open = 0
        self.refused = 0

    @property
    def following(self) -> int:
        """How many streams are open or being opened."""
        return len(self._following)

    @property
    def being_opened(self) -> int:
        """How many streams have had no answer yet."""
        return len(self._following) - self.open

    def follow(self, order_id: str) -> None:
        """Open one more stream."""
        task = asyncio.create_task(self._follow(order_id))
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def leave(self) -> None:
        """Close all streams."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        await self._http.close()

    async def _follow(self, order_id: str) -> None:
        address = f"/v1/orders/{order_id}/events"
        async with self._http.get(
            address, headers=next(self._headers), timeout=UNTIL_ANSWERED
        ) as answer:
            if not answer.ok:
                self.refused += 1
                return
            opened_at = time.time()
            self.open += 1
            try:
                async for line in answer.content:
                    if line.startswith(b"data: ") and not self._note(line, opened_at):
                        return
            finally:
                self.open -= 1

    def _note(self, line: bytes, opened_at: float) -> bool:
        """Note how late a change is; whether more will come."""
        heard_at, told = time.time(), json.loads(line[6:])
        if told.get("code") == ENDED:
            return False
        if "changed_at" in told:
            changed_at = datetime.fromisoformat(told["changed_at"]).timestamp()
            if changed_at > opened_at:
                self.delays_ms.append((heard_at - changed_at) * 1000)
        return True


OPERATORS = 40
STANDING = 20
"""Orders that a fault plan holds, for streams on which nothing happens."""
PLAN = "poison_at_payment"
WARM_UP_S, OPENED_AT_ONCE, TIMEOUT_S = 8.0, 50, 90.0


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
        """Return a percentile of the delays."""
        return percentile(self.delays_ms, percent)


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
        before = read_memory(system)["gateway"]
        with steps.step(f"{streams} streams"):
            await _open(viewers, standing, streams)
        opened, with_streams = viewers.following, read_memory(system)["gateway"]
        cpu_before = read_costs(system)["gateway"].cpu_s
        viewers.delays_ms.clear()
        with steps.step(f"{rate:.0f} orders/s for {seconds:.0f} s, each of them followed"):
            await _shop(shoppers, viewers, rate, seconds)
        cpu_s = read_costs(system)["gateway"].cpu_s - cpu_before
        unfinished = viewers.following - opened
    return StreamsResult(
        streams=streams,
        rate=rate,
        bytes_each=(with_streams - before) / streams,
        gateway_cpu=cpu_s / seconds,
        delays_ms=sorted(viewers.delays_ms),
        refused=viewers.refused,
        unfinished=unfinished,
    )


@asynccontextmanager
async def _viewers(gateway_url: str, issuer_url: str) -> AsyncIterator[Viewers]:
    """Operators, who may follow every order."""
    async with open_http() as http:
        tokens = Tokens(http, issuer_url)
        operators = [await tokens.operator(f"operator-{number}") for number in range(OPERATORS)]
        viewers = Viewers(gateway_url, operators)
    try:
        yield viewers
    finally:
        await viewers.leave()


async def _shop(shoppers: Shoppers, viewers: Viewers, rate: float, seconds: float) -> None:
    """Let orders come, follow each as soon as it is accepted, and wait for their end for a while."""
    standing = viewers.following
    await shoppers.place(rate, seconds, viewers.follow)
    with suppress(TimeoutError):
        async with asyncio.timeout(TIMEOUT_S):
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
    """Return an order that gets stuck right after it was accepted, until an operator acts."""
    key = uuid4().hex
    await gateway.fault_plans.attach(key, PLAN)
    body = order_body([("BENCH-001", 1)], recipient_of("anybody"))
    return (await gateway.place("cus_standing", body, key)).order_id
