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
import asyncpg
from client import Document, open_loop, order_body, recipient_of, steadily
from client.http import open_http
from client.requests import APPROVED
from client.tokens import Tokens
from stack import System

LINES_PER_ORDER = 3
CUSTOMERS = 50
ACCEPTED = 202

SKUS = [f"BENCH-{number:03}" for number in range(500)]

OnAccepted = Callable[[str], None]

DECLINED = "tok_declined"


@dataclass(frozen=True, slots=True)
class Mix:
    """Percent of the orders whose card is declined, and of those cancelled right after the answer."""

    declined: float = 0.0
    cancelled: float = 0.0


@dataclass(slots=True)
class Placed:
    """What came of placing orders: the ids accepted, each POST's milliseconds, and what was refused."""

    order_ids: list[str] = field(default_factory=list)
    answer_ms: list[float] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    late_ms: float = 0.0
    declined: int = 0
    cancelled: int = 0

    def note_refusal(self, reason: str) -> None:
        """Count an order that was not accepted."""
        self.refused[reason] = self.refused.get(reason, 0) + 1


class Shoppers:
    """Customers with tokens who order a few products each, always the same ones for a seed."""

    def __init__(
        self, gateway_url: str, issuer_url: str, seed: int, mix: Mix | None = None
    ) -> None:
        self._mix = mix or Mix()
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
        customer = self._chance.choice(self._headers)
        lot = self._chance.uniform(0, 100)
        is_declined = lot < self._mix.declined
        order = random_order(self._chance, DECLINED if is_declined else APPROVED)
        order_id = await self._post(placed, order, customer)
        if order_id is None:
            return
        placed.order_ids.append(order_id)
        placed.declined += is_declined
        if on_accepted is not None:
            on_accepted(order_id)
        if self._mix.declined <= lot < self._mix.declined + self._mix.cancelled:
            await self._cancel(placed, order_id, customer)

    async def _post(self, placed: Placed, order: Document, customer: dict[str, str]) -> str | None:
        headers = customer | {"Idempotency-Key": uuid4().hex}
        started = time.perf_counter()
        try:
            async with self._gateway.post("/v1/orders", json=order, headers=headers) as answer:
                document = await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            placed.note_refusal(type(error).__name__)
            return None
        if answer.status != ACCEPTED:
            placed.note_refusal(str(answer.status))
            return None
        placed.answer_ms.append((time.perf_counter() - started) * 1000)
        return str(document["id"])

    async def _cancel(self, placed: Placed, order_id: str, customer: dict[str, str]) -> None:
        """Ask to stop an order; that it has shipped already is an answer like any other."""
        try:
            async with self._gateway.post(
                f"/v1/orders/{order_id}/cancel", headers=customer
            ) as answer:
                await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            placed.note_refusal(f"cancel: {type(error).__name__}")
            return
        placed.cancelled += answer.status == ACCEPTED


@dataclass(frozen=True, slots=True)
class Scene:
    """A running system, a connection to its orders, and the customers at its door."""

    system: System
    orders: asyncpg.Connection
    shoppers: Shoppers


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


def random_order(chance: random.Random, token: str = APPROVED) -> Document:
    """Make an order of a few different products, paid with a token of the provider's."""
    lines = [(sku, 1) for sku in chance.sample(SKUS, LINES_PER_ORDER)]
    return order_body(lines, recipient_of("bench"), token)


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
