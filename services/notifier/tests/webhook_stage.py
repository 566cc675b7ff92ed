"""A subscription at the simulated receiver, and webhooks that are sent while a block lasts."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import httpx
from events import OrderStatus, OrderStatusChanged
from notifier.webhooks.delivering import Delivering
from notifier.webhooks.message import Told, write_deliveries
from notifier.webhooks.sending import Sender
from notifier.webhooks.targets import Targets
from privacy import Sealer
from servicekit.http_client import open_client
from testkit.samples import changed
from testkit.simulators import Simulator

DUE_NOW = "UPDATE webhook_deliveries SET due_at = now() WHERE status = 'pending'"


LATEST = "SELECT * FROM webhook_deliveries ORDER BY number DESC LIMIT 1"


def change(customer: str, status: OrderStatus = OrderStatus.SHIPPED) -> OrderStatusChanged:
    fields = {"previous": OrderStatus.RESERVED, "tracking_code": "T1"}
    return changed(status, customer_id=customer, **fields)


def subscribe(api: httpx.Client, customer: str, url: str) -> dict[str, Any]:
    answer = api.post("/webhooks", json={"customer_id": customer, "url": url})
    made: dict[str, Any] = answer.raise_for_status().json()
    return made


class Hook:
    """A subscription of a customer's at a hook of the subscriber's, and what came there."""

    def __init__(self, subscriber: Simulator, api: httpx.Client, customer: str) -> None:
        self._subscriber = subscriber
        self._api = api
        self.customer = customer
        self.url = f"{subscriber.url}/hooks/{customer}"
        self.made = subscribe(api, customer, self.url)
        self.answers()

    def answers(self, *statuses: int, secret: str = "") -> None:
        """Answer so from now on."""
        hook = {"secrets": [secret or self.made["secret"]], "answers": statuses}
        path = f"/hooks/{self.customer}"
        self._subscriber.http.put(path, json=hook).raise_for_status()

    @contextmanager
    def answering(self, **switches: Any) -> Iterator[None]:
        """Answer the next webhook so, whatever it is."""
        where, body = "/admin/behaviour", {"answer_next": 1, **switches}
        self._subscriber.http.put(where, json=body).raise_for_status()
        try:
            yield
        finally:
            self._subscriber.http.put(where, json={}).raise_for_status()

    @property
    def received(self) -> list[dict[str, Any]]:
        found = self._subscriber.http.get(f"/hooks/{self.customer}").json()["received"]
        return list(found)

    def ask(self, method: str, path: str = "", **query: str) -> Any:
        mine = {"customer_id": self.customer, **query}
        return self._api.request(method, f"/webhooks/{self.made['id']}{path}", params=mine).json()

    @property
    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/deliveries")["data"]
        return found


async def write(pool: asyncpg.Pool, *webhooks: Told) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await write_deliveries(connection, webhooks)


@asynccontextmanager
async def delivered_by(pool: asyncpg.Pool, sealer: Sealer) -> AsyncIterator[None]:
    """Webhooks are sent for as long as the block lasts."""
    async with open_client("") as http:
        sending = Delivering(pool, Sender(http, Targets(private=True)), sealer)
        running = asyncio.create_task(sending.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def state(pool: asyncpg.Pool, *statuses: str) -> bool:
    rows = await pool.fetch("SELECT status FROM webhook_deliveries ORDER BY number")
    return [row["status"] for row in rows] == list(statuses)


async def tried(pool: asyncpg.Pool, times: int) -> asyncpg.Record | None:
    row = await pool.fetchrow(LATEST)
    return row if row is not None and row["attempts"] == times else None
