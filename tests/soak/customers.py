"""Customers who order at a steady rate for as long as it takes, and never give a request up."""

import asyncio
import time
from dataclasses import dataclass, field

import aiohttp
from client import Document, LedgerEntry, open_loop, steadily
from e2e.mixture import Request, nth_request
from e2e.shop import Shop

CUSTOMERS = 50
AGAIN_EVERY_S = 2
TRY_AGAIN = frozenset({409, 425, 429})
SERVER_ERROR = 500


@dataclass(slots=True)
class Customers:
    """Everybody who orders, and what each was told.

    `unanswered` are the requests whose outcome is unknown; they are sent again with the same key
    until it is known, which counts as `reconciled`.
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
        """Order for this time, each at its moment: a late answer delays no other customer."""
        await open_loop(steadily(self.per_second, seconds), self._order)

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
        entries = [LedgerEntry(key, "ok", order_id) for key, order_id in self.accepted.items()]
        entries += [LedgerEntry(key, "failed") for key in self.refused]
        return entries + [LedgerEntry(key, "unknown") for key in self.unanswered]

    async def _order(self, _due: float) -> None:
        number, self.sent = self.sent, self.sent + 1
        request = nth_request(self.shop, number, f"soak-{number}", CUSTOMERS)
        began = time.monotonic()
        order_id = await self._place(request)
        if order_id is None:
            return
        self.answer_ms.append((time.monotonic() - began) * 1000)
        if request.is_cancelled:
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
