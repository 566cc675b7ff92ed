"""Everybody's books: the databases of the services, and what the outside world has written down."""

import asyncio
from collections import defaultdict
from typing import Any

import asyncpg
import httpx
from audit.outside import about
from stack import System, connect
from testkit.waiting import until

CUT_OFF = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
)
"""What a connection says that was lost since it was last used."""


class Books:
    """The books of one running system, read where they are kept."""

    def __init__(self, system: System, http: httpx.AsyncClient) -> None:
        self._system = system
        self._http = http
        self._kept: dict[str, asyncpg.Connection] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(self, database: str, query: str, *values: object) -> Any:
        """One value from a service's own database."""
        async with self._turns[database]:
            connection = await self._connection(database)
            try:
                return await connection.fetchval(query, *values)
            except CUT_OFF:
                connection.terminate()
                return await (await self._connection(database)).fetchval(query, *values)

    async def close(self) -> None:
        """Leave the databases."""
        for connection in self._kept.values():
            await connection.close()

    async def _connection(self, database: str) -> asyncpg.Connection:
        """One that is kept: who looks again and again would keep the server busy with connecting."""
        kept = self._kept.get(database)
        if kept is None or kept.is_closed():
            kept = self._kept[database] = await connect(self._system.settings, database)
        return kept

    async def stock(self, sku: str) -> dict[str, int]:
        """The units of a product: on hand, reserved, shipped."""
        product = await self._read("inventory-api", f"/products/{sku}")
        return {name: product[name] for name in ("on_hand", "reserved", "shipped")}

    async def intents(self, order_id: str) -> list[dict[str, Any]]:
        """What the payment provider has of an order."""
        return list((await self._read("psp", f"/v1/payment_intents?order_id={order_id}"))["data"])

    async def labels(self, order_id: str) -> list[dict[str, Any]]:
        """What the carrier has of an order."""
        found = await self._read("carrier", f"/v2/shipments?reference={order_id}")
        return list(found["shipments"])

    async def mails(self, order_id: str) -> list[dict[str, Any]]:
        """What the customer was sent about an order; waits for the first of it."""

        async def read() -> list[dict[str, Any]]:
            found = await self._read("postbox", f"/api/v1/search?query={about(order_id)}")
            return list(found["messages"])

        return list(await until("a mail about the order was sent", read))

    async def _read(self, process: str, path: str) -> Any:
        response = await self._http.get(self._system.url(process) + path)
        return response.raise_for_status().json()
