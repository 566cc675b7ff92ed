"""Everything around one gateway: what customers do, and what the services behind it say."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from events import Envelope, Event, Money, OrderStatusChanged, ProductListed, decode, encode
from gateway_stage.following import Following
from gateway_stage.inventory_service import InventoryService
from gateway_stage.order_service import OrderService
from gateway_stage.ordering import order
from gateway_stage.process import GatewayProcess
from messaging import OutboxRow, Publisher
from testkit.listening import Ear
from testkit.samples import changed, enveloped
from testkit.simulators import Simulator
from testkit.waiting import until

ACCEPTED = "SELECT count(*) FROM accepted_orders WHERE customer_id = $1"
NEWEST = "SELECT order_id FROM accepted_orders WHERE customer_id = $1 ORDER BY 1 DESC LIMIT 1"


@dataclass
class Shop:
    """A gateway and all that it has to do with."""

    gateway: GatewayProcess
    http: httpx.AsyncClient
    issuer: Simulator
    order_service: OrderService
    inventory_service: InventoryService
    environment: dict[str, str]
    publisher: Publisher
    ear: Ear

    def customer(self) -> str:
        return f"customer-{uuid.uuid4().hex[:12]}"

    def token(self, customer: str, **wanted: Any) -> dict[str, str]:
        answer = self.issuer.http.post("/token", json={"sub": customer, **wanted})
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}

    async def place(self, customer: str, **headers: str) -> httpx.Response:
        return await self.send(customer, order(), **headers)

    async def send(self, customer: str, body: Any, **headers: str) -> httpx.Response:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(
            "/v1/orders", json=body, headers=key | self.token(customer) | named
        )

    async def publishes(self, event: Event, *sequences: int, source: str = "test") -> None:
        """Say an event, once for each sequence."""
        fields = {"source": source, "time": datetime.now(UTC)}
        envelopes = [
            enveloped(event, sequence=sequence, **fields) for sequence in sequences or (1,)
        ]
        rows = [OutboxRow(number, encode(envelope)) for number, envelope in enumerate(envelopes)]
        assert await self.publisher.publish(rows) == rows

    def beside(self, folder: Path, **changes: str) -> GatewayProcess:
        """Start another gateway on the same database, with other settings."""
        return GatewayProcess(folder, self.environment | changes)

    @asynccontextmanager
    async def following(
        self, order_id: str, headers: dict[str, str], url: str = "", **query: str
    ) -> AsyncIterator[Following]:
        """An order's stream, here or at another gateway."""
        address = f"{url}/v1/orders/{order_id}/events"
        async with self.http.stream("GET", address, headers=headers, params=query) as answer:
            if answer.status_code != 200:
                await answer.aread()
            yield Following(answer)

    async def newest_order_of(self, customer: str) -> str:
        """Wait until an order of the customer's has been accepted."""
        connection = await asyncpg.connect(self.environment["DATABASE_URL"])
        try:
            return str(
                await until("an order is accepted", lambda: connection.fetchval(NEWEST, customer))
            )
        finally:
            await connection.close()

    async def accepted_of(self, customer: str) -> int:
        """How many orders of the customer's have been written down."""
        connection = await asyncpg.connect(self.environment["DATABASE_URL"])
        try:
            return int(await connection.fetchval(ACCEPTED, customer))
        finally:
            await connection.close()

    async def published(self, topic: str, order_id: str) -> list[Envelope]:
        """What a topic says of an order, once it says anything."""
        return [
            decode(record.headers, record.value) for record in await self.records(topic, order_id)
        ]

    async def records(self, topic: str, order_id: str) -> list[Any]:
        """A topic's records of an order, once there are any."""
        return await until(
            f"{topic} says something of {order_id}", lambda: self.ear.of(topic, order_id)
        )

    async def lists(self, sku: str, name: str, price: int) -> None:
        unit_price = Money(amount=price, currency="GBP")
        event = ProductListed(sku=sku, name=name, unit_price=unit_price)
        await self.publishes(event, source="inventory")

    async def sells(self, sku: str) -> None:
        """Wait until the gateway knows what a product costs."""
        wrong = {"amount": 999_999, "currency": "GBP"}
        wanted = order(lines=[{"sku": sku, "quantity": 1}], expected_total=wrong)

        async def is_priced() -> bool:
            answer = await self.send("anybody", wanted)
            return bool(answer.json()["code"] == "price_changed")

        await until(f"the gateway knows what {sku} costs", is_priced)

    async def ends(self, order_id: str, customer: str, status: str) -> None:
        """Let the order service know of an order's end, and say so."""
        self.order_service.knows(order_id, customer, status)
        await self.publishes(changed_now(order_id, customer, status))

    async def moves(
        self, order_id: str, customer: str, *statuses: str, publish: bool = True
    ) -> None:
        """Let an order go on: the order service writes it down and, unless told otherwise, says it."""
        for status in statuses:
            known = self.order_service.documents.get(order_id, {"version": 0})
            event, sequence = changed_now(order_id, customer, status), known["version"] + 1
            self.order_service.noted(event, sequence)
            if publish:
                await self.publishes(event, sequence)


def changed_now(order_id: str, customer: str, status: str) -> OrderStatusChanged:
    """What the order service says when an order's status is another one."""
    now = datetime.now(UTC)
    return changed(
        status,
        order_id,
        customer_id=customer,
        tracking_code="TRACK1" if status in {"shipped", "completed"} else None,
        placed_at=now,
        changed_at=now,
    )
