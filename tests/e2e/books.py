"""Everybody's books: the databases of the services, and what the outside world has written down."""

from dataclasses import dataclass
from typing import Any

import httpx
from orderstream.mails import about
from orderstream.platform import System, connect
from testkit.waiting import until


@dataclass(frozen=True, slots=True)
class Books:
    """The books of one running system, read where they are kept."""

    system: System
    http: httpx.AsyncClient

    async def ask(self, database: str, query: str, *values: object) -> Any:
        """One value from a service's own database."""
        connection = await connect(self.system.settings, database)
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()

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
        response = await self.http.get(self.system.url(process) + path)
        return response.raise_for_status().json()
