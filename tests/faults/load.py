"""Customers who go on ordering, whatever happens to the shop meanwhile: a rush at first, then steadily."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
from client import GatewayClient, NoAnswerError, RefusedError, open_loop
from e2e.mixture import TRY_S, Request, nth_request
from e2e.shop import Shop

STEADY_PER_SECOND = 4
"""What two systems on two slow cores bear: a fault that lasts shall not last longer for what it heaps up."""
CUSTOMERS = 10


@dataclass(slots=True)
class Load:
    """Orders that are each sent once; those without an answer are asked about at the end.

    The first `at_least` come as fast as `per_second` says, whatever follows steadily. The shop's
    ledger records every request as accepted, refused or unknown; `answer_ms` has how long each
    accepted one took.
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
        """Order until there is enough of it; a late answer delays no other customer."""
        await open_loop(self._times(), self._order)

    async def ask_again(self) -> None:
        """Send what had no answer again, with the same key, until it has one."""
        for request in self.unanswered:
            placed = await self.shop.client.place(request.customer, request.body, request.key)
            self._note(placed.order_id)

    def _times(self) -> Iterator[float]:
        """When to order: in a rush at first, then steadily, until there is enough."""
        due = 0.0
        while not self.enough or self.sent < self.at_least:
            yield due
            rushed = self.sent < self.at_least
            due += 1 / (self.per_second if rushed else STEADY_PER_SECOND)

    async def _order(self, _due: float) -> None:
        request = nth_request(self.shop, self.sent, str(uuid4()), CUSTOMERS)
        self.sent += 1
        began = time.monotonic()
        try:
            placed = await self.once.place(request.customer, request.body, request.key)
        except NoAnswerError:
            self.unanswered.append(request)
            return
        self.answer_ms.append((time.monotonic() - began) * 1000)
        self._note(placed.order_id)
        if request.is_cancelled:
            with suppress(RefusedError, NoAnswerError):  # either way the order has to end well
                await self.once.cancel(placed.order_id, request.customer)

    def _note(self, order_id: str) -> None:
        self.accepted.append(order_id)
        self.shop.placed.append(order_id)


@asynccontextmanager
async def load_on(
    shop: Shop, per_second: float, at_least: int
) -> AsyncIterator[tuple[Load, asyncio.Task[None]]]:
    """Load on a shop, and the task that goes on with it until there is enough."""
    async with httpx.AsyncClient(
        base_url=shop.system.url("gateway"), timeout=TRY_S, trust_env=False
    ) as http:
        once = GatewayClient(http, shop.tokens, timeout_s=0)
        once.ledger = shop.client.ledger
        load = Load(shop, once, per_second, at_least)
        placing = asyncio.create_task(load.run())
        try:
            yield load, placing
        finally:
            placing.cancel()
            await asyncio.gather(placing, return_exceptions=True)
