"""Customers who order at a given rate: their load costs as little as a client library allows."""

import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import aiohttp
from client import Document, open_loop, order_body, recipient_of, steadily
from client.http import open_http
from client.tokens import Tokens

LINES_PER_ORDER = 3
CUSTOMERS = 50
ACCEPTED = 202

SKUS = [f"BENCH-{number:03}" for number in range(500)]

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

    def __init__(self, gateway_url: str, issuer_url: str, seed: int) -> None:
        # Not httpx: what the load costs, the system does not have. aiohttp takes a quarter of it.
        self._gateway = aiohttp.ClientSession(gateway_url, cookie_jar=aiohttp.DummyCookieJar())
        self._issuer_url = issuer_url
        self._chance = random.Random(seed)  # noqa: S311  # a repeatable load, not a secret
        self._headers: list[dict[str, str]] = []

    async def arrive(self) -> None:
        """Get every customer a token."""
        self._headers = await bench_headers(self._issuer_url, CUSTOMERS)

    async def leave(self) -> None:
        """Close the connections."""
        await self._gateway.close()

    async def place(
        self, rate: float, seconds: float, on_accepted: OnAccepted | None = None
    ) -> Placed:
        """Place `rate` orders a second for so many seconds; reports the id of each accepted one."""
        placed = Placed()

        async def send(_due: float) -> None:
            await self._place_one(placed, on_accepted)

        placed.late_ms = 1000 * await open_loop(steadily(rate, seconds), send)
        return placed

    async def _place_one(self, placed: Placed, on_accepted: OnAccepted | None) -> None:
        headers = self._chance.choice(self._headers) | {"Idempotency-Key": uuid4().hex}
        order = random_order(self._chance)
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


def write_products(folder: Path) -> Path:
    """Write the file of the products that a benchmark sells, with enough of each."""
    file = folder / "products.json"
    folder.mkdir(parents=True, exist_ok=True)
    products = [
        {"sku": sku, "name": f"Product {sku}", "unit_price": 450, "on_hand": 1_000_000}
        for sku in SKUS
    ]
    file.write_text(json.dumps({"currency": "GBP", "products": products}))
    return file


def random_order(chance: random.Random) -> Document:
    """Make an order of a few different products."""
    lines = [(sku, 1) for sku in chance.sample(SKUS, LINES_PER_ORDER)]
    return order_body(lines, recipient_of("bench"))


def percentile(values: Sequence[float], percent: int) -> float:
    """Give a percentile, 0 where there is nothing to take it of."""
    if len(values) < 2:  # noqa: PLR2004  # quantiles need two
        return 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


async def bench_headers(issuer_url: str, count: int) -> list[dict[str, str]]:
    """Get the headers that prove who asks, for so many customers of a benchmark."""
    async with open_http() as http:
        tokens = Tokens(http, issuer_url)
        return [await tokens.headers(f"cus_bench_{number}") for number in range(count)]
