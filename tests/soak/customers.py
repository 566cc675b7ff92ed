"""Customers who order at a steady rate for as long as it takes, and never give a request up."""

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp
from e2e.shelves import SHARED_PRODUCTS
from e2e.shop import VISA, Shop
from orderstream.audit import LedgerEntry
from orderstream.client.refusals import Document

CUSTOMERS = 50
CANCELLED_EVERY, DECLINED_EVERY = 10, 7
DECLINED = "tok_declined"
TRY_S, AGAIN_EVERY_S = 5, 2
TRY_AGAIN = frozenset({409, 425, 429})
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Request:
    """One order that a customer wants; the key makes it one, however often it is sent."""

    key: str
    customer: str
    body: Document


@dataclass(slots=True)
class Customers:
    """Everybody who orders, and what each was told.

    `unanswered` are the requests of which nobody knows what became of them; they are sent again with
    the same key until somebody does, which counts as `reconciled`.
    """

    shop: Shop
    gateway: aiohttp.ClientSession  # it costs a quarter of httpx: the rest is for the system
    per_second: float
    sent: int = 0
    reconciled: int = 0
    accepted: dict[str, str] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    answer_ms: list[float] = field(default_factory=list)
    unanswered: dict[str, Request] = field(default_factory=dict)

    async def order(self, seconds: float) -> None:
        """Order for so long, each at its time: an answer that is late delays nobody else."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as orders:
            while (due := began + self.sent / self.per_second) < began + seconds:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                orders.create_task(self._order(self.sent))
                self.sent += 1

    async def ask_again(self) -> None:
        """Send what has no answer again and again, until cancelled."""
        while True:
            for request in list(self.unanswered.values()):
                if await self._place(request) is not None:
                    self.reconciled += 1
            await asyncio.sleep(AGAIN_EVERY_S)

    async def all_know(self) -> None:
        """Wait until every request has its answer."""
        while self.unanswered:
            await asyncio.sleep(AGAIN_EVERY_S)

    @property
    def ledger(self) -> list[LedgerEntry]:
        """What each client was told, for the audit."""
        told = [LedgerEntry(key, "ok", order_id) for key, order_id in self.accepted.items()]
        told += [LedgerEntry(key, "failed") for key in self.refused]
        return told + [LedgerEntry(key, "unknown") for key in self.unanswered]

    async def _order(self, number: int) -> None:
        request = self._request(number)
        began = time.monotonic()
        order_id = await self._place(request)
        if order_id is None:
            return
        self.answer_ms.append((time.monotonic() - began) * 1000)
        if number % CANCELLED_EVERY == 1:
            # Whatever the answer, and if there is none: the order has to end well.
            await self._post(f"/v1/orders/{order_id}/cancel", request)

    async def _place(self, request: Request) -> str | None:
        """The order's id; None if it is not known, or if the order was refused."""
        answered = await self._post("/v1/orders", request)
        status, document = answered or (SERVER_ERROR, {})
        if status >= SERVER_ERROR or status in TRY_AGAIN:
            self.unanswered[request.key] = request
            return None
        self.unanswered.pop(request.key, None)
        if status >= 400:  # from here on a client is at fault
            self.refused[request.key] = status
            return None
        self.accepted[request.key] = document["id"]
        return str(document["id"])

    async def _post(self, path: str, request: Request) -> tuple[int, Document] | None:
        headers = await self.shop.tokens.headers(request.customer)
        headers |= {"Idempotency-Key": request.key}
        body = request.body if path == "/v1/orders" else None
        try:
            async with self.gateway.post(path, json=body, headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None

    def _request(self, number: int) -> Request:
        sku = SHARED_PRODUCTS[number % len(SHARED_PRODUCTS)]
        token = DECLINED if number % DECLINED_EVERY == DECLINED_EVERY - 1 else VISA
        body = self.shop.body(sku, 1, token=token)
        return Request(f"soak-{number}", f"cus_{number % CUSTOMERS}", body)
