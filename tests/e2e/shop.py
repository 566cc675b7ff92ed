"""The shop as its customers see it, over HTTP, and what must be true of it in the end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from audit import wait_until_quiet
from client import GatewayClient, RefusedError, order_body, recipient_of
from client.tokens import Tokens
from e2e.books import CUT_OFF, Books
from e2e.planted import CUSTOMER, NAME, VISA
from e2e.shelves import OWN_PRODUCTS, SHARED_PRODUCTS
from orderstream.auditing import target_of
from stack import System
from testkit.waiting import TIMEOUT_S, until

IN_FLIGHT = 24
IDLE_S = 2
ENDED = """
    SELECT count(*) FROM orders WHERE order_id = ANY($1) AND status IN ('completed', 'cancelled')
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """One running system with its customers.

    `placed` are the orders of the test that runs, `taken` the products that only it orders.
    """

    system: System
    books: Books
    client: GatewayClient
    http: httpx.AsyncClient
    tokens: Tokens
    unused: Iterator[str]
    placed: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def product(self) -> str:
        """The SKU of a product that no one else orders."""
        self.taken.append(next(self.unused))
        return self.taken[-1]

    def body(
        self,
        sku: str = SHARED_PRODUCTS[0],
        quantity: int = 2,
        *,
        token: str = VISA,
        name: str = NAME,
    ) -> dict[str, Any]:
        """An order; the payment token and the first word of the name decide what becomes of it."""
        recipient = recipient_of(CUSTOMER) | {"name": name}
        return order_body([(sku, quantity)], recipient, token)

    async def place(self, customer: str = "cus_1", **wanted: Any) -> str:
        """Place an order and give its id."""
        placed = await self.client.place(customer, self.body(**wanted))
        self.placed.append(placed.order_id)
        return placed.order_id

    async def place_many(self, count: int, token: str = VISA) -> list[str]:
        """Place orders of ten customers, a few at a time; every twentieth is cancelled at once."""
        places = asyncio.Semaphore(IN_FLIGHT)

        async def one(number: int) -> str:
            customer, sku = f"cus_{number % 10}", SHARED_PRODUCTS[number % len(SHARED_PRODUCTS)]
            async with places:
                order_id = await self.place(customer, sku=sku, token=token)
                if number % 20 == 0:
                    with suppress(RefusedError):  # it may have been too late
                        await self.client.cancel(order_id, customer)
                return order_id

        return list(await asyncio.gather(*(one(number) for number in range(count))))

    async def end(self, order_id: str, customer: str = "cus_1") -> dict[str, Any]:
        """The order's document once it has ended, which the database tells at less cost than the gateway."""
        await self.all_ended([order_id])
        return await self.client.wait_final(order_id, customer, seconds=TIMEOUT_S)

    async def status(self, order_id: str, customer: str = "cus_1") -> str:
        """Where an order stands."""
        return str((await self.client.get(order_id, customer))["status"])

    async def all_ended(self, order_ids: list[str]) -> None:
        """Wait until each of these orders is completed or cancelled."""

        async def are_ended() -> bool:
            with suppress(*CUT_OFF):
                ended: int = await self.books.ask("orders", ENDED, order_ids)
                return ended == len(order_ids)
            return False

        await until("every order has ended", are_ended)

    async def quiet(self) -> None:
        """Wait until nothing moves anywhere in the system."""
        await wait_until_quiet(target_of(self.system), TIMEOUT_S)

    async def post(
        self, path: str, body: Any, headers: dict[str, str] | None = None, customer: str = "cus_1"
    ) -> httpx.Response:
        """One request to the gateway as it is, without anybody's patience."""
        sent = await self.tokens.headers(customer) | (headers or {})
        return await self.http.post(self.system.url("gateway") + path, json=body, headers=sent)

    async def get(self, path: str, customer: str = "cus_1") -> httpx.Response:
        """One look at the gateway as it is."""
        sent = await self.tokens.headers(customer)
        return await self.http.get(self.system.url("gateway") + path, headers=sent)


@asynccontextmanager
async def open_shop(system: System, products: Iterable[str] = OWN_PRODUCTS) -> AsyncIterator[Shop]:
    """Open the doors of a running system; of the products each test may take some for itself."""
    gateway, issuer = system.url("gateway"), system.url("issuer")
    # Servers close what was idle for 5 s: a connection taken up again at that moment is lost.
    limits = httpx.Limits(
        max_connections=None, max_keepalive_connections=100, keepalive_expiry=IDLE_S
    )
    async with (
        httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as http,
        httpx.AsyncClient(base_url=gateway, timeout=10, limits=limits, trust_env=False) as patient,
    ):
        tokens = Tokens(http, issuer)
        books = Books(system, http)
        client = GatewayClient(patient, tokens, TIMEOUT_S)
        try:
            yield Shop(system, books, client, http, tokens, iter(products))
        finally:
            await books.close()


def fresh_key() -> dict[str, str]:
    """The header with an idempotency key that no one has used."""
    return {"Idempotency-Key": uuid4().hex}
