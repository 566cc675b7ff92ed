"""Customers who go on ordering at a steady rate, whatever happens to the shop meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from e2e.shelves import SHARED_PRODUCTS
from e2e.shop import VISA, Shop
from orderstream.client import GatewayClient, NoAnswerError, RefusedError
from orderstream.client.refusals import Document

TRY_S = 5
CANCELLED_EVERY, DECLINED_EVERY = 10, 7
DECLINED = "tok_declined"


@dataclass(frozen=True, slots=True)
class Request:
    """One order that a customer wants; the key makes it one, however often it is sent."""

    key: str
    customer: str
    body: Document


@dataclass(slots=True)
class Load:
    """Orders that are each sent once; those without an answer are asked about at the end.

    The shop's ledger records every request as accepted, refused or unknown. `answer_ms` has how long
    each accepted one took.
    """

    shop: Shop
    once: GatewayClient
    per_second: float
    at_least: int
    sent: int = 0
    accepted: list[str] = field(default_factory=list)
    answer_ms: list[float] = field(default_factory=list)
    unanswered: list[Request] = field(default_factory=list)
    enough: bool = False

    async def run(self) -> None:
        """Order until there is enough of it; an answer that is late delays nobody else."""
        async with asyncio.TaskGroup() as customers:
            while not self.enough or self.sent < self.at_least:
                customers.create_task(self._order(self.sent))
                self.sent += 1
                await asyncio.sleep(1 / self.per_second)

    async def ask_again(self) -> None:
        """Send what had no answer again, with the same key, until it has one."""
        for request in self.unanswered:
            placed = await self.shop.client.place(request.customer, request.body, request.key)
            self._note(placed.order_id)

    async def _order(self, number: int) -> None:
        request = self._request(number)
        began = time.monotonic()
        try:
            placed = await self.once.place(request.customer, request.body, request.key)
        except NoAnswerError:
            self.unanswered.append(request)
            return
        self.answer_ms.append((time.monotonic() - began) * 1000)
        self._note(placed.order_id)
        if number % CANCELLED_EVERY == 1:
            with suppress(RefusedError, NoAnswerError):  # either way the order has to end well
                await self.once.cancel(placed.order_id, request.customer)

    def _note(self, order_id: str) -> None:
        self.accepted.append(order_id)
        self.shop.placed.append(order_id)

    def _request(self, number: int) -> Request:
        sku = SHARED_PRODUCTS[number % len(SHARED_PRODUCTS)]
        token = DECLINED if number % DECLINED_EVERY == DECLINED_EVERY - 1 else VISA
        return Request(str(uuid4()), f"cus_{number % 10}", self.shop.body(sku, token=token))


@asynccontextmanager
async def load_on(
    shop: Shop, per_second: float, at_least: int
) -> AsyncIterator[tuple[Load, asyncio.Task[None]]]:
    """Load on a shop, and the task that goes on with it until there is enough."""
    async with httpx.AsyncClient(
        base_url=shop.system.url("gateway"), timeout=TRY_S, trust_env=False
    ) as http:
        once = GatewayClient(http, shop.tokens, patience_s=0)
        once.ledger = shop.client.ledger
        load = Load(shop, once, per_second, at_least)
        placing = asyncio.create_task(load.run())
        try:
            yield load, placing
        finally:
            placing.cancel()
            await asyncio.gather(placing, return_exceptions=True)
