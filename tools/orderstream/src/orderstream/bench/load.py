"""Open-loop load: orders are placed at their times, whether or not the earlier ones were answered."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp
import httpx

LINES_PER_ORDER = 3
CUSTOMERS = 50
ACCEPTED = 202
TOKEN_LIFE_S = 3600

OnAccepted = Callable[[str], None]


@dataclass(slots=True)
class Placed:
    """What came of placing orders: the ids accepted, each POST's milliseconds, and what was refused."""

    order_ids: list[str] = field(default_factory=list)
    answer_ms: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    late_ms: float = 0.0

    def note_refusal(self, reason: str) -> None:
        """Count an order that was not accepted."""
        self.refused[reason] = self.refused.get(reason, 0) + 1


class Shoppers:
    """Customers with tokens who order a few products each, always the same ones for a seed."""

    def __init__(self, gateway_url: str, issuer_url: str, skus: list[str], seed: int) -> None:
        # Not httpx: what the load costs, the system does not have. aiohttp takes a quarter of it.
        self._gateway = aiohttp.ClientSession(gateway_url)
        self._issuer_url = issuer_url
        self._skus = skus
        self._chance = random.Random(seed)  # noqa: S311  # a repeatable load, not a secret
        self._tokens: list[str] = []

    async def arrive(self) -> None:
        """Let every customer get a token."""
        async with httpx.AsyncClient(base_url=self._issuer_url) as issuer:
            for number in range(CUSTOMERS):
                wanted = {
                    "sub": f"cus_bench_{number}",
                    "scopes": ["orders:write", "orders:read"],
                    "expires_in": TOKEN_LIFE_S,
                }
                answer = await issuer.post("/token", json=wanted)
                self._tokens.append(answer.raise_for_status().json()["access_token"])

    async def leave(self) -> None:
        """Close the connections."""
        await self._gateway.close()

    async def place(
        self, rate: float, seconds: float, on_accepted: OnAccepted | None = None
    ) -> Placed:
        """Place `rate` orders a second for so many seconds; tells the id of each that is accepted."""
        placed = Placed()
        started = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in range(round(rate * seconds)):
                due = started + number / rate
                delay = due - time.perf_counter()
                if delay > 0:
                    await asyncio.sleep(delay)
                placed.late_ms = max(placed.late_ms, (time.perf_counter() - due) * 1000)
                tasks.create_task(self._place_one(placed, on_accepted))
        return placed

    async def _place_one(self, placed: Placed, on_accepted: OnAccepted | None) -> None:
        token = self._chance.choice(self._tokens)
        order = self._order()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
        started = time.perf_counter()
        try:
            async with self._gateway.post("/v1/orders", json=order, headers=headers) as answer:
                document = await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            placed.note_refusal(type(error).__name__)
            return
        if answer.status != ACCEPTED:
            placed.note_refusal(str(answer.status))
            return
        placed.answer_ms.append((time.perf_counter() - started) * 1000)
        placed.order_ids.append(document["id"])
        if on_accepted is not None:
            on_accepted(document["id"])

    def _order(self) -> dict[str, object]:
        lines = [
            {"sku": sku, "quantity": 1} for sku in self._chance.sample(self._skus, LINES_PER_ORDER)
        ]
        recipient = {
            "name": "Ada Bench",
            "email": "ada@example.com",
            "street": "1 Measure Lane",
            "city": "York",
            "postcode": "YO1 7HH",
            "country": "GB",
        }
        return {"lines": lines, "payment": {"token": "tok_visa"}, "recipient": recipient}
