"""Customers who read an order at a steady rate, and what they see of a fault behind the gateway."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median

import httpx
from e2e.shop import Shop

PER_SECOND = 10
AT_LEAST = 40
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class ReadRow:
    """The figures of one trial: how many reads failed, and how long the others took in milliseconds."""

    fault: str
    reads: int
    failed: int
    p50_ms: int
    slowest_ms: int
    sent_again: int


@dataclass(slots=True)
class Reads:
    """Each read is sent once; `failures` are what came instead of the order."""

    path: str
    headers: dict[str, str]
    http: httpx.AsyncClient
    sent: int = 0
    took_ms: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    enough: bool = False

    async def run(self) -> None:
        """Read until there is enough of it; a late answer delays no other customer."""
        async with asyncio.TaskGroup() as customers:
            while not self.enough or self.sent < AT_LEAST:
                customers.create_task(self._read())
                self.sent += 1
                await asyncio.sleep(1 / PER_SECOND)

    async def _read(self) -> None:
        started = time.perf_counter()
        try:
            answer = await self.http.get(self.path, headers=self.headers)
        except httpx.TransportError as error:
            self.failures.append(repr(error))
            return
        self.took_ms.append((time.perf_counter() - started) * 1000)
        if not answer.is_success:
            self.failures.append(f"{answer.status_code} {answer.text}")

    def row(self, fault: str, sent_again: int) -> ReadRow:
        """What came of it."""
        return ReadRow(
            fault=fault,
            reads=self.sent,
            failed=len(self.failures),
            p50_ms=round(median(self.took_ms)),
            slowest_ms=round(max(self.took_ms)),
            sent_again=sent_again,
        )


@asynccontextmanager
async def reads_of(shop: Shop, order_id: str) -> AsyncIterator[Reads]:
    """Reads of an order for as long as the block lasts, and until each of them is answered."""
    headers = await shop.tokens.headers("cus_1")
    async with httpx.AsyncClient(
        base_url=shop.system.url("gateway"), timeout=TIMEOUT_S, trust_env=False
    ) as http:
        reads = Reads(f"/v1/orders/{order_id}", headers, http)
        reading = asyncio.create_task(reads.run())
        try:
            yield reads
            reads.enough = True
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
