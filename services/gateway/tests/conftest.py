"""A gateway as a real process, between a real Kafka, PostgreSQL and token issuer and an order API."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer
from events import (
    Envelope,
    Event,
    Money,
    OrderStatus,
    OrderStatusChanged,
    ProductListed,
    SealedPersonalData,
    decode,
    encode,
)
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from messaging.outbox import OutboxRow
from messaging.publisher import Publisher
from servicekit import migrations
from serving.notifier_api import notifier_api
from testkit.ports import free_port
from testkit.simulators import Simulator, running

KEY = base64.b64encode(b"k" * 32).decode()
T = TypeVar("T")
MUG, PEN = "MUG 1", "PEN.2"
NEWEST = "SELECT order_id FROM accepted_orders WHERE customer_id = $1 ORDER BY 1 DESC LIMIT 1"
RECIPIENT = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "street": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}


@dataclass
class InventoryService:
    """The inventory service's read side as the gateway sees it; `products` are all that it knows."""

    products: dict[str, int] = field(default_factory=lambda: {MUG: 450, PEN: 99})
    asked: list[Request] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    nonsense: bool = False

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/readyz")
        async def readyz() -> dict[str, bool]:
            return {"ready": True}

        @app.get("/v1/products")
        async def listed(request: Request, limit: int, starting_after: str) -> Response:
            skus = sorted(sku for sku in self.products if sku > starting_after)
            page = {
                "data": [self._shown(sku) for sku in skus[:limit]],
                "has_more": len(skus) > limit,
            }
            page["next_cursor"] = skus[limit - 1] if len(skus) > limit else None
            return self._answer(request, page)

        @app.get("/v1/products/{sku}")
        async def one(request: Request, sku: str) -> Response:
            if sku not in self.products:
                raise HTTPException(404)
            return self._answer(request, self._shown(sku))

        return app

    def _shown(self, sku: str) -> dict[str, Any]:
        price = {"amount": self.products[sku], "currency": "GBP"}
        links = {"self": f"/v1/products/{sku}"}
        return {"sku": sku, "name": f"A {sku}", "unit_price": price, "links": links}

    def _answer(self, request: Request, document: dict[str, Any]) -> Response:
        self.asked.append(request)
        if "Vary" in self.fields:
            document["language"] = request.headers.get("accept-language")
        if self.nonsense:
            return Response("<html>Welcome!</html>", headers={"Cache-Control": "no-store"})
        tag = f'"{hash(str(document))}"'
        fields = {"ETag": tag, "Cache-Control": "public, max-age=10", **self.fields}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=fields)
        return JSONResponse(document, headers=fields)


@dataclass
class OrderService:
    """The order service's read side as the gateway sees it; `documents` is all that it knows."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    failing: bool = False

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/readyz")
        async def readyz() -> dict[str, bool]:
            return {"ready": True}

        @app.get("/orders")
        async def orders(request: Request) -> dict[str, Any]:
            self.asked.append(dict(request.query_params))
            return {"data": list(self.documents.values())[:1], "has_more": True, "next_cursor": "x"}

        @app.get("/orders/{order_id}")
        async def order(order_id: str) -> dict[str, Any]:
            if self.failing:
                raise HTTPException(500)
            if order_id not in self.documents:
                raise HTTPException(404)
            return self.documents[order_id]

        return app

    def knows(self, order_id: str, customer_id: str, status: str, version: int = 3) -> None:
        self.documents[order_id] = {
            "id": order_id,
            "customer_id": customer_id,
            "status": status,
            "reason": None,
            "total": {"amount": 450, "currency": "GBP"},
            "lines": [{"sku": MUG, "name": "A mug", "quantity": 1, "unit_price": 450}],
            "tracking_code": None,
            "cancellation_refused": False,
            "placed_at": "2026-11-25T12:00:00Z",
            "final_at": None,
            "version": version,
            "held": [],
            "history": [],
        }

    def noted(self, event: OrderStatusChanged, sequence: int) -> None:
        """Write a change into an order's history, as the order service does before it says it."""
        if event.order_id not in self.documents:
            self.knows(event.order_id, event.customer_id, event.status)
        document = self.documents[event.order_id]
        told = event.model_dump(mode="json", include={"status", "reason", "changed_at"})
        document["history"].append({"sequence": sequence, **told})
        code = event.tracking_code
        document |= {"status": event.status, "version": sequence, "tracking_code": code}


async def until(look: Callable[[], T | Awaitable[T]]) -> T:
    """Look again and again until there is something to see, and give that."""
    async with asyncio.timeout(20):
        while True:
            found = look()
            found = await found if isinstance(found, Awaitable) else found
            if found:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address of an application that is served from this loop."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


class GatewayProcess:
    """A gateway's process and its log."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{environment['HTTP_PORT']}"
        self._log = folder / f"gateway-{uuid.uuid4().hex}.log"
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "api"],
                env={"PATH": os.environ["PATH"], "LOG_FORMAT": "json", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    async def answering(self, path: str, status: int = 200) -> None:
        deadline = asyncio.get_running_loop().time() + 30
        told = "nothing"
        async with httpx.AsyncClient(base_url=self.url) as http:
            while asyncio.get_running_loop().time() < deadline and self.process.poll() is None:
                with suppress(httpx.TransportError):
                    answer = await http.get(path)
                    if answer.status_code == status:
                        return
                    told = answer.text
                await asyncio.sleep(0.05)
        raise AssertionError(f"{path} answered {told}\n{self.log}")

    async def reaches(self, upstream: str) -> None:
        """Wait until it finds an upstream well."""

        async def is_well() -> bool:
            async with httpx.AsyncClient(base_url=self.url) as http:
                return bool((await http.get("/readyz")).json()["checks"][upstream] == "ok")

        await until(is_well)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        return await asyncio.to_thread(self.process.wait, 20)


class Following:
    """An order's stream as server-sent events, read one by one."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def event(self) -> dict[str, str]:
        """The next event: its fields by name; comments are passed over."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name in {"id", "event", "data"}:
                    fields[name] = value
                if not line and fields:
                    return fields
        return fields

    async def until_closed(self) -> tuple[list[int], dict[str, Any]]:
        """The positions of all further messages, and how the stream says that it ends."""
        positions = []
        while (event := await self.event())["event"] != "closed":
            assert int(event["id"]) == json.loads(event["data"])["sequence"]
            positions.append(int(event["id"]))
        assert await self.event() == {}  # nothing comes after it
        return positions, json.loads(event["data"])


class Ear:
    """Hears everything that the gateway says."""

    def __init__(self, kafka: str) -> None:
        self._records: list[Any] = []
        self._kafka = kafka

    def of(self, topic: str, order_id: str) -> list[Any]:
        key = order_id.encode()
        return [record for record in self._records if (record.topic, record.key) == (topic, key)]

    async def listen(self) -> None:
        topics = ("order-placed", "cancellation-requested")
        consumer = AIOKafkaConsumer(
            *topics, bootstrap_servers=self._kafka, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            async for record in consumer:
                self._records.append(record)
        finally:
            await consumer.stop()


@dataclass
class Shop:
    """Everything around one gateway."""

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

    async def says(self, event: Event, *sequences: int, source: str = "test") -> None:
        """Say an event, once for each sequence."""
        envelopes = [
            Envelope(
                event=event,
                id=uuid.uuid4(),
                source=source,
                time=datetime.now(UTC),
                correlation_id=event.key,
                sequence=sequence,
            )
            for sequence in sequences or (1,)
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
            return str(await until(lambda: connection.fetchval(NEWEST, customer)))
        finally:
            await connection.close()

    async def heard(self, topic: str, order_id: str) -> list[Envelope]:
        """What a topic says of an order, once it says anything."""
        return [
            decode(record.headers, record.value) for record in await self.records(topic, order_id)
        ]

    async def records(self, topic: str, order_id: str) -> list[Any]:
        """A topic's records of an order, once there are any."""
        return await until(lambda: self.ear.of(topic, order_id))

    async def lists(self, sku: str, name: str, price: int) -> None:
        unit_price = Money(amount=price, currency="GBP")
        event = ProductListed(sku=sku, name=name, unit_price=unit_price)
        await self.says(event, source="inventory")

    async def sells(self, sku: str) -> None:
        """Wait until the gateway knows what a product costs."""
        wrong = {"amount": 999_999, "currency": "GBP"}
        wanted = order(lines=[{"sku": sku, "quantity": 1}], expected_total=wrong)

        async def is_priced() -> bool:
            answer = await self.send("anybody", wanted)
            return bool(answer.json()["code"] == "price_changed")

        await until(is_priced)

    async def ends(self, order_id: str, customer: str, status: str) -> None:
        """Let the order service know of an order's end, and say so."""
        self.order_service.knows(order_id, customer, status)
        await self.says(changed(order_id, customer, status))

    async def moves(self, order_id: str, customer: str, *statuses: str, said: bool = True) -> None:
        """Let an order go on: the order service writes it down and, unless told otherwise, says it."""
        for status in statuses:
            known = self.order_service.documents.get(order_id, {"version": 0})
            event, sequence = changed(order_id, customer, status), known["version"] + 1
            self.order_service.noted(event, sequence)
            if said:
                await self.says(event, sequence)


def changed(order_id: str, customer: str, status: str) -> OrderStatusChanged:
    """What the order service says when an order's status is another one."""
    now = datetime.now(UTC)
    return OrderStatusChanged(
        order_id=order_id,
        customer_id=customer,
        status=OrderStatus(status),
        previous=None,
        tracking_code="TRACK1" if status in {"shipped", "completed"} else None,
        country="GB",
        total=Money(amount=1, currency="GBP"),
        recipient=SealedPersonalData(key_id="k", sealed="s"),
        placed_at=now,
        changed_at=now,
    )


def order(**changes: Any) -> dict[str, Any]:
    """The body of an order, two mugs and a pen unless told otherwise; None leaves a field out."""
    body = {
        "lines": [{"sku": MUG, "quantity": 2}, {"sku": PEN, "quantity": 1}],
        "payment": {"token": "tok_visa"},
        "recipient": RECIPIENT,
    }
    return {name: part for name, part in (body | changes).items() if part is not None}


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running("issuer", tmp_path_factory.mktemp("issuer")) as simulator:
        yield simulator


@pytest.fixture(name="until")
def until_fixture() -> Callable[..., Awaitable[Any]]:
    return until


@pytest.fixture(name="served")
def served_fixture() -> Callable[[FastAPI], AbstractAsyncContextManager[str]]:
    return served


@pytest.fixture(name="changed")
def changed_fixture() -> Callable[..., OrderStatusChanged]:
    return changed


@pytest.fixture(scope="session")
def serve() -> Callable[[FastAPI], AbstractAsyncContextManager[str]]:
    return served


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    return order


@pytest.fixture(scope="session")
async def shop(
    kafka: str,
    postgres: Callable[[], str],
    issuer: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Shop]:
    database_url = postgres()
    await asyncio.to_thread(migrations.upgrade, "gateway", database_url)
    order_service, inventory_service = OrderService(), InventoryService()
    publisher = Publisher(kafka, "test")
    async with (
        served(order_service.app()) as order_api_url,
        served(inventory_service.app()) as inventory_api_url,
    ):
        environment = {
            "DATABASE_URL": database_url,
            "KAFKA_BOOTSTRAP": kafka,
            "HTTP_PORT": str(free_port()),
            "ORDER_API_URLS": order_api_url,
            "INVENTORY_API_URLS": inventory_api_url,
            "JWKS_URL": f"{issuer.url}/.well-known/jwks.json",
            "SEALING_KEY": KEY,
        }
        gateway = GatewayProcess(tmp_path_factory.mktemp("gateway"), environment)
        ear = Ear(kafka)
        listening = asyncio.create_task(ear.listen())
        try:
            async with httpx.AsyncClient(base_url=gateway.url, timeout=20) as http:
                shop = Shop(
                    gateway=gateway,
                    http=http,
                    issuer=issuer,
                    order_service=order_service,
                    inventory_service=inventory_service,
                    environment=environment,
                    publisher=publisher,
                    ear=ear,
                )
                await shop.lists(MUG, "A mug", 450)
                await shop.lists(PEN, "A pen", 99)
                await gateway.answering("/readyz")
                await shop.sells(PEN)
                yield shop
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await gateway.stop(signal.SIGKILL)
            await publisher.stop()


@pytest.fixture(scope="session")
def notifier_api_url(
    postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the notifier's API, which allows any URL."""
    database_url = postgres()
    migrations.upgrade("notifier", database_url)
    log = tmp_path_factory.mktemp("notifier") / "log"
    lenient = {"WEBHOOK_PRIVATE_TARGETS": "true", "MAX_WEBHOOKS": "1000"}
    with notifier_api(database_url, log, **lenient) as url:
        yield url
