"""A gateway as a real process, between a real Kafka, PostgreSQL and token issuer and an order API."""

import asyncio
import base64
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from gateway_stage.inventory_service import InventoryService
from gateway_stage.order_service import OrderService
from gateway_stage.ordering import MUG, PEN, order
from gateway_stage.process import GatewayProcess
from gateway_stage.shop import Shop
from messaging import Publisher
from servicekit import migrations
from serving.notifier_api import notifier_api
from testkit.listening import listening
from testkit.ports import free_port
from testkit.serving import served
from testkit.simulators import Simulator, running
from testkit.waiting import TIMEOUT_S

KEY = base64.b64encode(b"k" * 32).decode()
CONSUMED = ("order-placed", "cancellation-requested")


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running("issuer", tmp_path_factory.mktemp("issuer")) as simulator:
        yield simulator


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
        listening(kafka, *CONSUMED) as ear,
    ):
        environment = {
            "DATABASE_URL": database_url,
            "KAFKA_BOOTSTRAP": kafka,
            "HTTP_PORT": str(free_port()),
            "LOG_FORMAT": "json",
            "ORDER_API_URLS": order_api_url,
            "INVENTORY_API_URLS": inventory_api_url,
            "JWKS_URL": f"{issuer.url}/.well-known/jwks.json",
            "SEALING_KEY": KEY,
        }
        gateway = GatewayProcess(tmp_path_factory.mktemp("gateway"), environment)
        try:
            async with httpx.AsyncClient(base_url=gateway.url, timeout=TIMEOUT_S) as http:
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
